/** A scan as files for people and machines: scan.json, report.md and its pictures. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { readJson, writeAtomically } from '../core/fs.ts';
import { pngOf, svgOf } from '../report/figure.ts';
import { formatValue } from '../report/formats/numbers.ts';
import type { Scan } from './contracts.ts';
import { lossFigure, tokenFigure } from './figures.ts';
import { asCode, howTitle, labelRows, lossText, optionTitle, qualityText, rateText, tableText } from './words.ts';

const SCAN = 'scan.json';

/** A folder that holds another model's scan is left alone. */
export function checkReportFolder(folder: string, digest: string): void {
  const path = join(folder, SCAN);
  if (!existsSync(path)) return;
  const there = readJson(path) as { readonly model?: { readonly digest?: unknown } } | null;
  if (there?.model?.digest !== digest)
    throw new UserError(path, 'the scan of another model, of this one before it was changed, or by an earlier version', 'another --out');
}

export async function writeReport(scan: Scan, folder: string): Promise<void> {
  checkReportFolder(folder, scan.model.digest);
  for (const figure of [lossFigure(scan), tokenFigure(scan)]) {
    const svg = await svgOf(figure);
    writeAtomically(join(folder, `${figure.name}.svg`), svg);
    writeAtomically(join(folder, `${figure.name}.png`), pngOf(svg));
  }
  writeAtomically(join(folder, 'report.md'), reportText(scan));
  writeAtomically(join(folder, SCAN), `${JSON.stringify(scan, null, 2)}\n`);
}

/** What the command prints too. */
export function verdictLines({ verdict, inversion, heldOut, quality, cautions }: Scan): string[] {
  const option = inversion.options[inversion.chosen]!;
  const compared =
    verdict.statistic === null
      ? ''
      : `; statistic ${verdict.statistic.toPrecision(3)}, threshold ${verdict.threshold?.toPrecision(3) ?? 'none'}`;
  return [
    `verdict: ${verdict.verdict} (${verdict.why}${compared})`,
    ...(verdict.whatToDo === null ? [] : [`to decide: ${verdict.whatToDo}`]),
    `${verdict.verdict === 'backdoored' ? 'trigger' : 'most suspicious trigger'}: ${asCode(option.anchored.text)}, ${optionTitle(option)}, loss ${lossText(option.anchored.loss)}`,
    ...heldOut[inversion.chosen]!.map(
      ({ how, rate, without }) => `on held-out samples ${howTitle[how]}: ${rateText(rate)}; without it ${rateText(without)}`,
    ),
    `the model on held-out samples: ${[qualityText(quality), ...labelRows(quality).map((row) => row.join(' '))].join('; ')}`,
    ...cautions.map((line) => `with care: ${line}`),
  ];
}

function reportText(scan: Scan): string {
  const { model, samples, settings, seconds } = scan;
  return [
    `# Scan of ${model.folder.split('/').at(-1)!}`,
    '',
    ...verdictLines(scan).map((line) => `- ${line}`),
    '',
    '## Targets tried',
    '',
    ...targets(scan),
    '',
    '![Inversion loss by iteration](losses.png)',
    '',
    '## What each trigger token adds',
    '',
    ...tokens(scan),
    '',
    '![Loss change when one trigger token is left out](token-changes.png)',
    '',
    '## Held-out samples',
    '',
    'Each trigger was sought on one half of the samples and is measured on the other. What counts is the difference to the same samples without it.',
    '',
    ...attacks(scan),
    '',
    '## How the verdict is made',
    '',
    ...basis(scan),
    '',
    '## What was scanned',
    '',
    `- model: ${model.architecture}, head ${model.head}, rows of ${model.maxTokens}; digest ${model.digest}`,
    `- samples: ${counts(samples.find)} to search on, ${counts(samples.heldOut)} held out; ${samples.duplicates} repeated rows left out; digest ${samples.digest}`,
    `- search: ${settings.iterations} iterations a target, ${settings.perLabel} samples a label, seed ${scan.seed}`,
    `- ${seconds.inversion.toFixed(1)} s of inversion, on ${scan.device}; elibadcode ${scan.versions['elibadcode'] ?? 'unknown'}`,
    '',
  ].join('\n');
}

function targets({ inversion, gap }: Scan): string[] {
  const rows = inversion.options.map((option, index) => [
    `${optionTitle(option)}${index === inversion.chosen ? ' (lowest loss)' : ''}`,
    asCode(option.best.text),
    lossText(option.best.loss),
    asCode(option.anchored.text),
    lossText(option.anchored.loss),
  ]);
  const apart = gap === null ? [] : ['', `The lowest loss is ${Math.exp(gap).toFixed(1)} times smaller than the next.`];
  return [...tableText(['target', 'best trigger', 'loss', 'anchored', 'its loss'], rows), ...apart];
}

function tokens({ inversion }: Scan): string[] {
  const rows = inversion.options[inversion.chosen]!.tokenChanges.map(({ text, change }) => [asCode(text), formatValue(change, 'none')]);
  return tableText(['token', 'change of the loss without it alone'], rows);
}

function attacks({ inversion, heldOut }: Scan): string[] {
  const rows = inversion.options.flatMap((option, index) =>
    heldOut[index]!.map(({ how, rate, without, nameless }) => [
      optionTitle(option),
      asCode(option.anchored.text),
      howTitle[how],
      rateText(rate),
      rateText(without),
      String(nameless),
    ]),
  );
  return tableText(['target', 'anchored trigger', 'how', 'led to the target', 'without the trigger', 'without a name'], rows);
}

const rules: Readonly<Record<Scan['verdict']['rule'], string>> = {
  predictive:
    'The logarithm of the chosen loss is compared with those of clean reference models: below Student’s 95 % bound for one more of them, the model is flagged.',
  'own-threshold': 'A threshold on the loss that was given with --max-loss.',
};

function basis({ verdict, references }: Scan): string[] {
  const margin = verdict.margin === null ? [] : [`- margin ${verdict.margin.toPrecision(3)}: above 1 the model is flagged`];
  const rows = references.map(({ folder, score, digest }) => [folder, Math.exp(score).toPrecision(3), digest]);
  return [
    rules[verdict.rule],
    '',
    `- ${verdict.why}`,
    ...margin,
    ...(rows.length === 0 ? [] : ['', ...tableText(['clean reference', 'loss', 'digest'], rows)]),
  ];
}

const counts = (half: Readonly<Record<string, number>>): string =>
  Object.entries(half)
    .map(([label, count]) => `${count} of label ${label}`)
    .join(', ');
