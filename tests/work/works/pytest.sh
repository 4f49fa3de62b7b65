#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# pytest, with its folders that it renames and removes, its cache, and a test that fails and is run again.
# prints: 1 failed, 5 passed
# prints: 1 passed, 5 deselected
set -euo pipefail

cat >test_work.py <<'P'
import multiprocessing, os, pathlib, sqlite3, subprocess, sys

def test_folder(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a").rename(tmp_path / "b")
    assert [p.name for p in tmp_path.iterdir()] == ["b"]

def test_output(capfd, monkeypatch):
    monkeypatch.setenv("WORD", "seen")
    subprocess.run([sys.executable, "-c", "import os; print(os.environ['WORD'])"], check=True)
    assert capfd.readouterr().out == "seen\n"

def double(n):
    return 2 * n

def test_processes():
    with multiprocessing.Pool(2) as pool:  # semaphores in /dev/shm
        assert pool.map(double, range(4)) == [0, 2, 4, 6]

def test_database(tmp_path):
    with sqlite3.connect(tmp_path / "db") as db:
        db.execute("create table t(n)")
        db.execute("insert into t values (1)")
    assert db.execute("select n from t").fetchall() == [(1,)]

def test_shared_memory():
    from multiprocessing import shared_memory
    block = shared_memory.SharedMemory(create=True, size=64)
    block.buf[0] = 7
    block.close()
    block.unlink()

def test_marker():
    assert pathlib.Path("marker").exists()
P
python3 -m pytest -q test_work.py >first && exit 1
touch marker
python3 -m pytest -q --last-failed test_work.py >again
for run in first again; do tail -1 $run | sed 's/ in .*//'; done
