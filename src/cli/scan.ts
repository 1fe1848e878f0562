/** `elibadcode scan`: is a fine-tuned checkpoint of one's own backdoored? And what `eliminate` shares with it. */
import { basename, join, resolve } from 'node:path';
import { type Command, Command as Verb, InvalidArgumentError, Option } from 'commander';
import type { Language, TaskName } from '../core/contracts.ts';
import { type Log, makeLog } from '../core/log.ts';
import { openEngine, readOrigin } from '../run/index.ts';
import { openSlot } from '../run/resume.ts';
import {
  type AskedScan,
  attemptsIn,
  checkReportFolder,
  openScan,
  scan,
  type ScanContext,
  scanDefaults,
  verdictLines,
  withDefaults,
  writeReport,
} from '../scan/index.ts';
import { onInterrupt } from './exit.ts';
import { count, limitsOf, type RunOptions, withCommon, withDevice, withLimits } from './options.ts';
import { progressLines } from './progress-lines.ts';

export interface ScanOptions extends Pick<RunOptions, 'results' | 'quiet' | 'device' | 'engine' | 'threads' | 'memory'> {
  readonly model: string;
  readonly task: TaskName;
  readonly language: Language;
  readonly samples: string;
  readonly references?: readonly string[];
  readonly maxLoss?: number;
  readonly iterations?: number;
  readonly perLabel?: number;
  readonly maxTokens?: number;
  readonly seed?: number;
}

export function scanCommand(): Command {
  return withScan(new Verb('scan'))
    .summary('is a fine-tuned checkpoint of your own backdoored?')
    .description(
      'Looks for a backdoor in a fine-tuned checkpoint: EliBadCode’s inversion on half of some clean samples, the triggers it finds measured on\n' +
        'the other half. Only clean reference models, or a threshold of your own, make a verdict of it; without them the evidence is reported.\n' +
        'Writes scan.json, report.md and pictures. An interrupted scan goes on from where it was.',
    )
    .option('--out <dir>', 'folder of the report (default: RESULTS/scans/NAME-OF-MODEL)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ elibadcode scan --model ./detector --task defect --language c --samples clean.jsonl\n' +
        '  $ elibadcode scan --model ./detector --task defect --language c --samples clean.parquet --references clean-1 clean-2 clean-3 clean-4 clean-5 --device webgpu',
    )
    .action(scanVerb);
}

/** Options of a scan, which `eliminate` takes too. What a scan.json says as well has no default of the parser's: it is told whether it was given. */
export function withScan(command: Command): Command {
  return withLimits(withDevice(withCommon(command)))
    .requiredOption('--model <dir>', 'Hugging Face folder: config.json, weights, tokenizer')
    .addOption(new Option('--task <task>', 'what the model does').choices(['defect', 'clone', 'search']).makeOptionMandatory())
    .addOption(new Option('--language <language>', 'of the samples').choices(['c', 'java', 'python']).makeOptionMandatory())
    .requiredOption(
      '--samples <file>',
      'clean samples, JSONL or Parquet: {func, target}; {func1, func2, label}; {code, query}; 60 of each label are as many as the paper’s',
    )
    .option('--references <dirs...>', 'clean models of the same backbone and task, five at least: they make the verdict')
    .option('--max-loss <loss>', 'a threshold of your own on the anchored trigger’s loss, instead of references', positive)
    .option('--iterations <n>', `iterations of the search, for each target (default: ${scanDefaults.iterations})`, count)
    .option('--per-label <n>', 'samples of each label that triggers are sought on (default: half of them, 30 at most)', count)
    .option('--max-tokens <n>', 'row length that the model was trained with (default: 400, or the model’s positions)', count)
    .option('--seed <n>', `of the halves and the search (default: ${scanDefaults.seed})`, count);
}

function positive(text: string): number {
  const value = Number(text);
  if (!(Number.isFinite(value) && value > 0)) throw new InvalidArgumentError('a number above 0');
  return value;
}

export function requestOf(options: ScanOptions): AskedScan {
  const { model: folder, task, language, samples, references = [], maxLoss = null, perLabel = null, maxTokens = null } = options;
  const { iterations = null, seed = null } = options;
  return { folder, task, language, samples, references, maxLoss, perLabel, maxTokens, iterations, seed };
}

/** An engine and what else a scan is given, for as long as `use` takes. */
export async function withContext(options: ScanOptions, use: (context: ScanContext, log: Log) => Promise<void>): Promise<void> {
  const { device, engine: kind, results } = options;
  const log = makeLog((text) => process.stderr.write(text), options);
  const engine = await openEngine({ device, engine: kind, ...limitsOf(options) });
  const { signal, dispose } = onInterrupt(log.warn);
  try {
    const attempts = attemptsIn(join(results, 'cache', 'scan'), openSlot);
    const { versions } = await readOrigin();
    await use({ engine, engineClass: `${kind}/${device}`, versions, signal, progress: progressLines(log.info), attempts }, log);
  } finally {
    dispose();
    await engine.close();
  }
}

async function scanVerb(options: ScanOptions & { readonly out?: string }): Promise<void> {
  const out = options.out ?? join(options.results, 'scans', basename(resolve(options.model)));
  await withContext(options, async (context, log) => {
    const opened = await openScan(withDefaults(requestOf(options)), context);
    checkReportFolder(out, opened.user.digest);
    const { scan: found } = await scan(opened, context);
    await writeReport(found, out);
    process.stdout.write(`${verdictLines(found).join('\n')}\n`);
    log.info(`written: ${join(out, 'report.md')}, scan.json and pictures beside it`);
  });
}
