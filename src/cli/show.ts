/** `elibadcode show`: one run as recorded, or one sample as the models see it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Measurement, RunRecord, Sample } from '../core/contracts.ts';
import { UserError } from '../core/errors.ts';
import { findSamples } from '../run/index.ts';
import { readRecords } from '../store/index.ts';
import { type CommonOptions, withCommon } from './options.ts';
import { duration } from './progress.ts';

export function showCommand(): Command {
  return withCommon(new Command('show').argument('<what>', 'the beginning of a run’s key, or a sample’s id'))
    .summary('one run as recorded, or one sample')
    .description(
      'Shows a run: what it is, what it measured, where its numbers come from. Or a sample of a cached corpus, clean and triggered.',
    )
    .addHelpText('after', '\nExamples:\n  $ elibadcode show 3f2a\n  $ elibadcode show devign/test/17')
    .action(async (what: string, { results }: CommonOptions) => {
      const records = existsSync(join(results, 'records')) ? readRecords(join(results, 'records')) : [];
      const runs = records.filter(({ run }) => run.startsWith(what));
      if (runs.length > 0) {
        process.stdout.write(runs.map(runText).join('\n'));
        return;
      }
      const samples = await findSamples(join(results, 'cache'), what);
      if (samples.length === 0) {
        throw new UserError(
          `show ${what}`,
          `no run key of ${results} begins so, and no cached corpus has a sample of that id`,
          'see records/ for keys',
        );
      }
      const clean = samples.find(({ place }) => !place.includes('triggered'))?.sample ?? null;
      for (const { sample, place, key } of samples)
        process.stdout.write(`${place} (stage ${key}), label ${sample.label}\n${sampleText(sample, clean)}\n\n`);
    });
}

function runText(record: RunRecord): string {
  const { run, experiment, task, corpus, model, weights, attack, defense, seed, setting, notes, stages, measurements, failedBecause } =
    record;
  const columns = { experiment, task, corpus, model, weights, attack, defense, seed, setting: setting === '' ? 'defaults' : setting };
  const facts = Object.entries({ ...columns, ...notes, ...(failedBecause === null ? {} : { failed: failedBecause }) });
  const rows = stages.map(({ stage, key, seed: drawn, provenance: { device, seconds, commit, dirty, startedAt } }) => {
    const code = commit === null ? 'unknown commit' : `${commit.slice(0, 8)}${dirty === true ? ' with changes' : ''}`;
    return [stage, key, drawn === null ? '' : `seed ${drawn}`, device, duration(seconds), startedAt, code];
  });
  return [
    `run ${run}`,
    ...aligned(facts.map(([key, value]) => [key, String(value)])),
    '',
    ...aligned(measurements.map(row)),
    '',
    ...aligned(rows),
    '',
  ].join('\n');
}

function row({ metric, subset, value, hits, n, unmeasuredBecause }: Measurement): string[] {
  const counts = hits === null || n === null ? '' : `${hits} of ${n}`;
  return [metric, subset, value === null ? `not measured: ${unmeasuredBecause}` : String(value), counts];
}

/** Tokens that differ from the clean sample's are marked. */
function sampleText(sample: Sample, clean: Sample | null): string {
  return sample.programs
    .map(({ tokens }, i) => {
      const before = clean?.programs[i]?.tokens;
      const isAligned = before?.length === tokens.length;
      return tokens.map((token, j) => (isAligned && before[j] !== token ? `⟦${token}⟧` : token)).join(' ');
    })
    .join('\n');
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  return rows.map((cells) => `  ${cells.map((text, column) => text.padEnd(widths[column]!)).join('  ')}`.trimEnd());
}
