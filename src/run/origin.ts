/** Where this process's numbers come from: commit, whether it was changed, versions of everything that computes. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Provenance } from '../core/contracts.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

export async function readOrigin(): Promise<Pick<Provenance, 'commit' | 'dirty' | 'versions'>> {
  const commit = await git('rev-parse', 'HEAD');
  const changes = commit === null ? null : await git('status', '--porcelain');
  return { commit, dirty: changes === null ? null : changes !== '', versions: readVersions() };
}

/** Dependencies are pinned exactly, so that package.json says what is installed. */
function readVersions(): Record<string, string> {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
    readonly dependencies: Readonly<Record<string, string>>;
  };
  return { elibadcode: manifest.version, node: process.versions.node, ...manifest.dependencies };
}

/** `null` where there is no git or this is no checkout: provenance says "unknown", not "clean". */
async function git(...args: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', ['-C', root, ...args]);
    return stdout.trim();
  } catch {
    return null;
  }
}
