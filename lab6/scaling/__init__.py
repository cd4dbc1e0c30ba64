"""What more threads or more workers of one machine bring: speed-up, efficiency, and from which minibatch size on.

``scaling`` holds the statistics of what was measured, ``prediction`` what the exchange says of other numbers of
workers, ``words`` the sentences, ``tables`` the tables, ``figure`` the picture.
"""
