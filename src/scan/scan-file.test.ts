/** What an elimination takes from a scan.json, and which options contradict one. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import type { EliminateRequest } from './contracts.ts';
import { requestFor } from './scan-file.ts';

const trigger = { ids: [7], text: 'x', loss: 0.1 };

function scanFile(): string {
  const path = join(temporaryFolder(), 'scan.json');
  const content = {
    ...{ schema: 2, task: 'defect', language: 'c', seed: 5, model: { digest: 'm', maxTokens: 64 }, samples: { digest: 's' } },
    settings: { iterations: 40, perLabel: 12 },
    inversion: { chosen: 0, options: [{ target: 0, query: null, best: trigger, anchored: trigger }] },
    verdict: { verdict: 'undecidable', why: 'no references' },
  };
  writeFileSync(path, JSON.stringify(content));
  return path;
}

const asked = (over: Partial<EliminateRequest>): EliminateRequest => ({
  ...{ folder: 'model', task: 'defect', language: 'c', samples: 'samples.jsonl', references: [], maxLoss: null },
  ...{ seed: null, maxTokens: null, iterations: null, perLabel: null, scanFile: null },
  ...{ out: 'out', trainable: 'head', epochs: null, learningRate: null, maxDrop: 0.02, force: false, ...over },
});

const ofScan = { seed: 5, maxTokens: 64, iterations: 40, perLabel: 12 };

it('what is not given is the scan’s; what is given may repeat it', () => {
  expect(requestFor(asked({ scanFile: scanFile() }))).toMatchObject(ofScan);
  expect(requestFor(asked({ scanFile: scanFile(), ...ofScan }))).toMatchObject(ofScan);
});

it('without a scan.json there are defaults, and given values stand', () => {
  expect(requestFor(asked({}))).toMatchObject({ seed: 1, iterations: 100, maxTokens: null, perLabel: null });
  expect(requestFor(asked(ofScan))).toMatchObject(ofScan);
});

// Defaults too, where they are given.
it.each([
  ['--seed', { seed: 1 }, '“1”', '“5”'],
  ['--max-tokens', { maxTokens: 400 }, '“400”', '“64”'],
  ['--iterations', { iterations: 100 }, '“100”', '“40”'],
  ['--per-label', { perLabel: 30 }, '“30”', '“12”'],
  ['--task', { task: 'clone' }, '“clone”', '“defect”'],
  ['--language', { language: 'java' }, '“java”', '“c”'],
] as const)('a differing %s is refused', (name, over, given, said) => {
  const path = scanFile();
  expect(() => requestFor(asked({ scanFile: path, ...ofScan, ...over }))).toThrow(`${name}: ${given}, and ${path} is of ${said}`);
});
