from lab6.store import lab_report


def test_the_five_sizes_are_as_the_lab_printed_them():
    report = lab_report.rounds()
    assert report["batch_size"].tolist() == [1, 10, 100, 1_000, 60_000]
    assert report["seconds"].tolist() == [60, 12, 4, 3, 3]
    assert report["training_accuracy"].tolist() == [0.83, 0.84, 0.84, 0.81, 0.28]
    assert report["steps_per_epoch"].tolist() == [60_000, 6_000, 600, 60, 1]
    assert (report["training_images"] == 60_000).all()


def test_it_is_one_round_a_size_of_one_run():
    report = lab_report.rounds()
    assert set(report["round"]) == {0}
    assert set(report["run"]) == set(report["source"]) == {lab_report.NAME}
    assert set(report["machine"]) == {lab_report.MACHINE}


def test_what_the_lab_did_not_say_is_missing():
    report = lab_report.rounds()
    said = set(report.columns[report.notna().all()])
    assert said == {
        *("source", "run", "unfinished", "machine", "dataset", "training_images", "network"),
        *("batch_size", "steps_per_epoch", "round", "process", "seconds", "training_accuracy"),
    }
    assert report.drop(columns=list(said)).isna().all(axis=None)
