/** Where this process's numbers come from: commit, whether it was changed, versions of everything that computes. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Provenance } from '../core/contracts.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));

/** @param root folder of the checkout */
export async function readOrigin(root = repository): Promise<Pick<Provenance, 'commit' | 'dirty' | 'versions'>> {
  const commit = await git(root, 'rev-parse', 'HEAD');
  // Results are what runs write, not what they are computed by: a run after an export is no less clean.
  const changes = commit === null ? null : await git(root, 'status', '--porcelain', '--', '.', ':(exclude)results');
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
async function git(root: string, ...args: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', ['-C', root, ...args]);
    return stdout.trim();
  } catch {
    return null;
  }
}
