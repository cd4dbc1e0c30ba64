"""What shows the answer: sentences, terminal tables, pictures and a page. It draws and writes; it decides nothing."""
