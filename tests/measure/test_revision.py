from pathlib import Path

import pytest

from lab6.errors import OptionError
from lab6.measure import revision
from tests.measure.conftest import git


def files(folder: Path) -> dict[str, str]:
    """What is in a folder, but for git's own files."""
    found = [path for path in folder.rglob("*") if path.is_file() and ".git" not in path.relative_to(folder).parts]
    return {path.relative_to(folder).as_posix(): path.read_text() for path in found}


COMMITTED = {
    ".gitignore": "*.log\n",
    **dict.fromkeys(("kept.py", "changed.py", "deleted.py", "below/code.py", "Süd öst.py"), "old"),
}
WORKING = {name: text for name, text in COMMITTED.items() if name != "deleted.py"} | {
    "changed.py": "new",
    "below/code.py": "staged",
    "untracked.py": "new",
}


@pytest.mark.parametrize("through", ["the top", "a folder", "a link"])
def test_a_revision_and_the_working_tree_are_copied_without_ignored_files(repository, tmp_path, through):
    (tmp_path / "link").symlink_to(repository)
    roots = {"the top": repository, "a folder": repository / "below", "a link": tmp_path / "link" / "below"}
    within = "" if through == "the top" else "below"
    assert revision.export(roots[through], "HEAD", tmp_path / "1") == tmp_path / "1" / within
    assert revision.snapshot(roots[through], tmp_path / "2") == tmp_path / "2" / within
    assert files(tmp_path / "1") == COMMITTED
    assert files(tmp_path / "2") == WORKING


@pytest.mark.parametrize(
    "name", ["a[1] *?", "line\nend\n", "-dash", "quotes'\"", "non\udcffutf8", "colon:x", "back\\slash"]
)
def test_a_repository_can_be_called_anything_and_its_files_too(repository, tmp_path, name):
    root = repository.rename(tmp_path / name)
    (root / name).write_text("new")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "second")
    assert files(revision.export(root, "HEAD", tmp_path / "1")) == WORKING | {".gitignore": "*.log\n", name: "new"}
    assert files(revision.snapshot(root, tmp_path / "2" / name)) == WORKING | {name: "new"}


def test_the_repository_and_its_working_tree_stay_as_they_are(repository, tmp_path):
    def state():
        git_files = {path: path.read_bytes() for path in (repository / ".git").rglob("*") if path.is_file()}
        return files(repository), git_files, {path: path.stat().st_mtime_ns for path in repository.iterdir()}

    before = state()
    revision.export(repository, "HEAD", tmp_path / "1")
    copy = revision.snapshot(repository, tmp_path / "2")
    assert state() == before
    (copy / "kept.py").write_text("a copy")
    assert (repository / "kept.py").read_text() == "old"


def test_links_and_programs_are_copied_as_such_and_another_repository_inside_is_not(repository, tmp_path):
    (repository / "link").symlink_to("kept.py")
    (repository / "nowhere").symlink_to("missing")
    (repository / "kept.py").chmod(0o755)
    (repository / "inner").mkdir()
    git(repository / "inner", "init", "-q")
    (repository / "inner" / "theirs.py").write_text("new")
    copy = revision.snapshot(repository, tmp_path / "copy")
    assert (copy / "link").readlink() == Path("kept.py")
    assert (copy / "nowhere").is_symlink()
    assert (copy / "kept.py").stat().st_mode & 0o111
    assert not (copy / "inner").exists()


def test_a_commit_has_its_full_name(repository):
    assert revision.commit(repository, "HEAD") == git(repository, "rev-parse", "HEAD")
    git(repository, "tag", "-a", "v1", "-m", "one")
    assert revision.commit(repository, "v1") == git(repository, "rev-parse", "HEAD")


@pytest.mark.parametrize("name", ["nowhere", "HEAD~5", "--help", "", "HEAD:kept.py"])
def test_an_unknown_revision_is_one_sentence(repository, tmp_path, name):
    with pytest.raises(OptionError, match="is not a revision of this repository; give a commit, a branch or a tag"):
        revision.export(repository, name, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_folder_that_is_not_in_the_revision_or_in_no_repository_is_one_sentence(repository, tmp_path):
    (repository / "recent").mkdir()
    with pytest.raises(OptionError, match="--against: HEAD has no folder recent: give a revision that has it"):
        revision.export(repository / "recent", "HEAD", tmp_path / "copy")
    outside = tmp_path / "outside"
    outside.mkdir()
    for function, *arguments in ((revision.snapshot, tmp_path / "copy"), (revision.commit, "HEAD")):
        with pytest.raises(OptionError, match=r"needs the git repository that .* is in \(.*\): call it in a clone"):
            function(outside, *arguments)


def test_without_git_the_error_says_to_install_it(repository, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(OptionError, match="needs git, which is not installed here"):
        revision.commit(repository, "HEAD")
