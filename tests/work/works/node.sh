#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# node: files, a worker thread, a child process, a server on a loopback port, a watch, native compilation.
# prints: file worker child server watch
set -euo pipefail

cat >work.mjs <<'J'
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import { Worker } from 'node:worker_threads';

const done = [];
fs.mkdirSync('a/b', { recursive: true });
fs.writeFileSync('a/b/file', 'file');
fs.renameSync('a/b', 'a/c');
fs.cpSync('a', 'copy', { recursive: true });
done.push(fs.readFileSync('copy/c/file', 'utf8'));
fs.rmSync('a', { recursive: true });

const worker = new Worker('require("node:worker_threads").parentPort.postMessage("worker")', { eval: true });
done.push(await new Promise((resolve) => worker.on('message', resolve)));
done.push(execFileSync(process.execPath, ['-p', '"child"'], { encoding: 'utf8' }).trim());

const server = http.createServer((_, response) => response.end('server')).listen(3000, '127.0.0.1');
done.push(await (await fetch('http://127.0.0.1:3000/')).text());
server.close();
server.closeAllConnections();

const seen = new Promise((resolve) => {
  const watch = fs.watch('.', (_, name) => {
    if (name === 'noticed') resolve(watch.close());
  });
});
fs.writeFileSync('noticed', '');
await seen;
done.push('watch');
console.log(done.join(' '));
J
node work.mjs
