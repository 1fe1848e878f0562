/** Locks: exclusive, released, and taken over from the dead. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tryLock } from './lock.ts';

const fresh = (): string => join(mkdtempSync(join(tmpdir(), 'lock-')), 'node.lock');

describe('tryLock', () => {
  it('is exclusive until released and leaves nothing behind', () => {
    const path = fresh();
    const first = tryLock(path);
    if (!('lock' in first)) throw new Error('a free lock was refused');
    const second = tryLock(path);
    expect(second).toMatchObject({ owner: { pid: process.pid, host: hostname() } });
    first.lock.release();
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(join(path, '..'))).toEqual([]);
    expect('lock' in tryLock(path)).toBe(true);
  });

  it('takes over the lock of a process that has ended', () => {
    const path = fresh();
    const ended = spawnSync(process.execPath, ['-e', '']).pid;
    writeFileSync(path, JSON.stringify({ pid: ended, host: hostname(), born: null, token: 'x' }));
    expect('lock' in tryLock(path)).toBe(true);
  });

  it.runIf(process.platform === 'linux')('is not fooled by a reused process id', () => {
    const path = fresh();
    writeFileSync(path, JSON.stringify({ pid: process.pid, host: hostname(), born: '1', token: 'x' }));
    expect('lock' in tryLock(path)).toBe(true);
  });

  it('respects an owner on another machine that gave a recent sign of life', () => {
    const path = fresh();
    writeFileSync(path, JSON.stringify({ pid: 1, host: `not-${hostname()}`, born: null, token: 'x' }));
    expect('owner' in tryLock(path)).toBe(true);
  });

  it('does not remove a lock that somebody else holds by now', () => {
    const path = fresh();
    const mine = tryLock(path);
    writeFileSync(path, JSON.stringify({ pid: process.pid, host: hostname(), born: null, token: 'theirs' }));
    if (!('lock' in mine)) throw new Error('a free lock was refused');
    mine.lock.release();
    expect(existsSync(path)).toBe(true);
  });
});
