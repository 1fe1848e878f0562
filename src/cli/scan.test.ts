/** What a scan's options ask for. */
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { requestOf, type ScanOptions, withScan } from './scan.ts';

const asked = (...flags: string[]) => {
  const command = withScan(new Command('scan'));
  command.parse(['--model', 'm', '--task', 'defect', '--language', 'c', '--samples', 's.jsonl', ...flags], { from: 'user' });
  return requestOf(command.opts<ScanOptions>());
};

it('what is not given is told from a default that is', () => {
  const none = { seed: null, iterations: null, perLabel: null, maxTokens: null, maxLoss: null, references: [] };
  expect(asked()).toEqual({ folder: 'm', task: 'defect', language: 'c', samples: 's.jsonl', ...none });
  expect(asked('--seed', '1', '--iterations', '100')).toMatchObject({ seed: 1, iterations: 100 });
});

it('defaults stand in the help', () => {
  const help = withScan(new Command('scan')).helpInformation().replace(/\s+/g, ' ');
  expect(help).toContain('for each target (default: 100)');
  expect(help).toContain('of the halves and the search (default: 1)');
});
