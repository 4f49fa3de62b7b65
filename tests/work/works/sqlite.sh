#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# SQLite: both journals, two writers at once, a large sort that spills, vacuum, backup.
# prints: 40000 rows, wal
# prints: backup: ok
set -euo pipefail

sqlite3 db 'create table t(n integer, text text)'
sqlite3 db 'pragma journal_mode=wal; pragma temp_store=file' >/dev/null
for writer in 1 2; do
	{
		echo "-- writer $writer"
		echo '.timeout 60000'
		echo 'begin immediate;'
		echo "with recursive c(n) as (select 1 union all select n + 1 from c where n < 20000)
			insert into t select n, hex(randomblob(50)) from c;"
		echo 'commit;'
	} | sqlite3 db &
done
wait
echo "$(sqlite3 db 'select count(*) from t') rows, $(sqlite3 db 'pragma journal_mode')"
sqlite3 db 'pragma temp_store=file; pragma cache_size=10; select text from t order by text' | sort -c
sqlite3 db 'pragma journal_mode=delete; vacuum' >/dev/null
sqlite3 db '.backup copy'
echo "backup: $(sqlite3 copy 'pragma integrity_check')"
