/**
 * A lock file that outlives nobody: whoever holds it wrote its process into it, and a dead owner's lock is taken over.
 * Two processes that take over the same dead lock at once can, in a window of microseconds, both believe they hold it. What the
 * locks of this project guard is published atomically under a key, so that costs double work, never a wrong or half-written result.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';

export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** Start of the process in clock ticks since boot (Linux), so that a reused process id is not mistaken for the owner. */
  readonly born: string | null;
  /** Distinguishes two locks of one process. */
  readonly token: string;
}

export interface Lock {
  release(): void;
}

/** Seconds between two signs of life, and the silence after which an owner on another machine counts as dead. */
const HEARTBEAT_SECONDS = 30;
const SILENCE_SECONDS = 600;

let taken = 0;

/** The lock, or who holds it. */
export function tryLock(path: string): { readonly lock: Lock } | { readonly owner: LockOwner } {
  mkdirSync(dirname(path), { recursive: true });
  const me: LockOwner = { pid: process.pid, host: hostname(), born: birthOf(process.pid), token: `${process.pid}.${taken++}` };
  for (;;) {
    if (createExclusively(path, me)) return { lock: hold(path, me) };
    const owner = readOwner(path);
    if (owner === null) continue;
    if (isAlive(owner, path)) return { owner };
    removeDead(path, owner);
  }
}

/** Content and name appear together: nobody ever reads an empty lock. */
function createExclusively(path: string, me: LockOwner): boolean {
  const draft = `${path}.${me.token}.draft`;
  writeFileSync(draft, JSON.stringify(me));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function hold(path: string, me: LockOwner): Lock {
  const beat = setInterval(() => {
    try {
      utimesSync(path, new Date(), new Date());
    } catch (error) {
      if (!isCode(error, 'ENOENT')) throw error;
    }
  }, HEARTBEAT_SECONDS * 1000);
  beat.unref();
  return {
    release() {
      clearInterval(beat);
      if (readOwner(path)?.token === me.token) rmSync(path, { force: true });
    },
  };
}

/** `null` when the lock vanished meanwhile. */
function readOwner(path: string): LockOwner | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LockOwner; // Written by this file alone, whole or not at all.
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function isAlive(owner: LockOwner, path: string): boolean {
  if (owner.host !== hostname()) return secondsSinceBeat(path) < SILENCE_SECONDS;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return isCode(error, 'EPERM');
  }
  return owner.born === null || owner.born === birthOf(owner.pid);
}

/** Moved aside first, so that a lock made anew between our look and our hand is noticed and put back. */
function removeDead(path: string, dead: LockOwner): void {
  const aside = `${path}.${process.pid}.${taken++}.dead`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  if (readOwner(aside)?.token !== dead.token) {
    try {
      linkSync(aside, path);
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
    }
  }
  rmSync(aside, { force: true });
}

function secondsSinceBeat(path: string): number {
  try {
    return (new Date().getTime() - statSync(path).mtimeMs) / 1000;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

/** Field 22 of /proc/PID/stat; the command in field 2 may hold blanks, so the count starts behind its closing bracket. */
function birthOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null; // No such system file here: the process id alone must do.
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
