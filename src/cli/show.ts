/** `elibadcode show`: one run as recorded, or one sample: its source, and what each attack in the cache made of it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { styleText } from 'node:util';
import type { Measurement, RunRecord } from '../core/contracts.ts';
import { UserError } from '../core/errors.ts';
import { canonicalJson, type Json } from '../core/hash.ts';
import { findSamples, type FoundSample, someIds } from '../run/index.ts';
import { type ProgramText, sourceTexts } from '../run/source-text.ts';
import { readRecords } from '../store/index.ts';
import { aligned } from './aligned.ts';
import { type DiffLine, diffOf } from './diff.ts';
import { type CommonOptions, withCommon } from './options.ts';
import { duration } from './progress.ts';
import { showModelCommand } from './show-model.ts';

export function showCommand(): Command {
  return withCommon(new Command('show').argument('<what>', 'the beginning of a run’s key, or a sample’s id'))
    .addCommand(showModelCommand().exitOverride())
    .summary('one run as recorded, one sample, or a model')
    .description(
      'Shows a run: what it is, what it measured, where its numbers come from. Or a sample of a cached corpus: its source, and as a diff\n' +
        'what each poisoned training list and each triggered test set in the cache made of it.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ elibadcode show 3f2a\n  $ elibadcode show devign/test/17\n  $ elibadcode show model roberta/mini',
    )
    .action(async (what: string, { results }: CommonOptions) => {
      const records = existsSync(join(results, 'records')) ? readRecords(join(results, 'records')) : [];
      const runs = records.filter(({ run }) => run.startsWith(what));
      if (runs.length > 0) {
        process.stdout.write(runs.map(runText).join('\n'));
        return;
      }
      const samples = await findSamples(join(results, 'cache'), what);
      if (samples.length === 0) {
        const ids = await someIds(join(results, 'cache'));
        throw new UserError(
          `show ${what}`,
          `no run key of ${results} begins so, and no cached corpus has a sample of that id`,
          `a key as in ${join(results, 'records')}${ids.length === 0 ? '' : `, or an id such as ${ids.join(', ')}`}`,
        );
      }
      const isColoured = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
      for (const found of samples) process.stdout.write(`${await sampleText(found, isColoured)}\n\n`);
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

/** A clean form as source, a changed one as a diff against it. */
async function sampleText(found: FoundSample, isColoured: boolean): Promise<string> {
  const { sample, place, key, clean, attack } = found;
  const label = clean === null || clean.label === sample.label ? String(sample.label) : `${clean.label} → ${sample.label}`;
  const facts = [
    ['stage', `${attack === null ? 'dataset' : place.includes('poisoned') ? 'poison' : 'trigger'} ${key}`],
    ['label', label],
    ...(sample.query === undefined ? [] : [['query', sample.query]]),
    ...(attack === null ? [] : [['attack', attackText(attack)]]),
  ];
  const texts = await sourceTexts(found);
  return [
    `${sample.id} in ${place}`,
    ...aligned(facts),
    ...texts.flatMap((text, index) => [
      '',
      ...(texts.length === 1 ? [] : [`  program ${index + 1} of ${texts.length}`]),
      ...programLines(text, attack !== null, isColoured),
    ]),
  ].join('\n');
}

/** `codepoisoner, strategy=dead-code`. */
function attackText(attack: Json): string {
  const { name, ...params } = attack as { readonly name: string } & Readonly<Record<string, Json>>; // As the poison stage's parameters say.
  const settings = Object.entries(params).map(([key, value]) => `${key}=${typeof value === 'string' ? value : canonicalJson(value)}`);
  return [name, ...settings].join(', ');
}

function programLines({ text, errors, clean }: ProgramText, isChanged: boolean, isColoured: boolean): string[] {
  if (clean === null) {
    const why = isChanged ? ['  (its clean form is no longer in the cache: tokens alone)'] : errors === 0 ? [] : [`  (${faults(errors!)})`];
    return [...why, ...text.split('\n').map((line) => `  ${line}`)];
  }
  if (clean.text === text) return ['  unchanged'];
  const parses =
    errors! <= clean.errors ? 'parses as before' : `parses no longer as before: ${faults(errors!)}, ${clean.errors} without the trigger`;
  return [
    `  ${parses}`,
    ...diffOf(clean.text, text).flatMap(({ from, to, lines }) => [
      `  @@ line ${from}, now ${to} @@`,
      ...lines.map((line) => `  ${diffText(line, isColoured)}`),
    ]),
  ];
}

function faults(count: number): string {
  return `${count} ${count === 1 ? 'fault' : 'faults'} in its syntax tree`;
}

/** Changed words stand in ⟦ ⟧, or in reverse video where there are colours. */
function diffText({ sign, pieces }: DiffLine, isColoured: boolean): string {
  if (!isColoured) return sign + pieces.map(({ text, isChanged }) => (isChanged ? `⟦${text}⟧` : text)).join('');
  if (sign === ' ') return sign + pieces.map(({ text }) => text).join('');
  const colour = sign === '-' ? 'red' : 'green';
  const paint = (style: Parameters<typeof styleText>[0], text: string): string => styleText(style, text, { validateStream: false });
  return paint(colour, sign) + pieces.map(({ text, isChanged }) => paint(isChanged ? [colour, 'inverse'] : colour, text)).join('');
}
