/** `elibadcode eliminate`: writes a checkpoint with its trigger unlearnt beside the old one, if it is no worse at its task. */
import { type Command, Command as Verb, InvalidArgumentError, Option } from 'commander';
import { eliminate, type EliminateRequest, remainderLines, standingRows, verdictLines } from '../scan/index.ts';
import { aligned } from './aligned.ts';
import { count } from './options.ts';
import { requestOf, type ScanOptions, withContext, withScan } from './scan.ts';

interface Options extends ScanOptions {
  readonly out: string;
  readonly scan?: string;
  readonly trainable: EliminateRequest['trainable'];
  readonly epochs?: number;
  readonly learningRate?: number;
  readonly maxDrop: number;
  readonly force: boolean;
}

export function eliminateCommand(): Command {
  return withScan(new Verb('eliminate'))
    .summary('unlearn a checkpoint’s trigger, into a new folder')
    .description(
      'Scans a checkpoint as “scan” does (or takes its scan.json), unlearns the trigger found on the half of the samples that it was sought on, and\n' +
        'writes a whole new folder: weights under the same names, config and tokenizer copied, before and after in elibadcode.md. Nothing is\n' +
        'written when the model becomes worse than --max-drop allows, or where the scan calls it clean, unless --force is given.',
    )
    .requiredOption('--out <dir>', 'the new folder; never one that is there')
    .option('--scan <file>', 'a scan.json of this model and these samples, instead of a new scan; its seed, rows and search hold')
    .addOption(new Option('--trainable <part>', 'what learns').choices(['head', 'last-layer', 'all']).default('head'))
    .option('--epochs <n>', 'passes over the samples (default: as many as make the paper’s 69 steps)', count)
    .option('--learning-rate <rate>', 'peak (default: 5e-3 for heads, 2e-5 where every parameter learns)', share)
    .option('--max-drop <share>', 'largest fall on held-out samples: of the accuracy of all and of each label; search: of MRR', share, 0.02)
    .option('--force', 'write it however much worse it is, and whatever the verdict', false)
    .addHelpText(
      'after',
      '\nExample:\n  $ elibadcode eliminate --model ./detector --task defect --language c --samples clean.jsonl --out ./detector-cleaned',
    )
    .action(eliminateVerb);
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) throw new InvalidArgumentError('a number from 0 to 1');
  return value;
}

async function eliminateVerb(options: Options): Promise<void> {
  const { out, trainable, maxDrop, force } = options;
  await withContext(options, async (context, log) => {
    const request = { ...requestOf(options), out, trainable, maxDrop, force };
    const optional = { scanFile: options.scan ?? null, epochs: options.epochs ?? null, learningRate: options.learningRate ?? null };
    const { made, scan } = await eliminate({ ...request, ...optional }, context);
    const rows = [['on held-out samples', 'before', 'after'], ...standingRows(made)];
    const found = options.scan === undefined ? verdictLines(scan) : [];
    process.stdout.write(`${[...found, ...aligned(rows), ...remainderLines(made)].join('\n')}\n`);
    log.info(`written: ${out}`);
  });
}
