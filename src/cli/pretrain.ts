/** `elibadcode pretrain`: makes a stand-in for a published model from the corpora's train splits. */
import { join } from 'node:path';
import { Command } from 'commander';
import { loadPretraining } from '../config/pretraining.ts';
import { makeLog } from '../core/log.ts';
import { openEngine, readOrigin, runPretraining } from '../run/index.ts';
import { onInterrupt } from './exit.ts';
import { experimentsDir, limitsOf, type RunOptions, withCommon, withDevice, withLimits } from './options.ts';
import { progressLines } from './progress-lines.ts';

type Options = Pick<RunOptions, 'results' | 'quiet' | 'device' | 'engine' | 'threads' | 'memory'>;

export function pretrainCommand(): Command {
  const command = new Command('pretrain').argument('<name>', 'a name of experiments/pretraining, or a path to a .ts, .js or .json file');
  return withLimits(withDevice(withCommon(command)))
    .summary('make a stand-in for a published model')
    .description(
      'Pretrains a small model on the functions of the corpora’s train splits; what a valid or test split of any of them holds is left out.\n' +
        'Writes results/models/NAME (or ELIBADCODE_MODELS/NAME): weights in half precision, config.json, card.json with data, counts and\n' +
        'loss curve; and results/pretraining/NAME.json, the card with the weights’ digest. Experiments then say weights: "pretrained:NAME".\n' +
        'An interrupted or killed pretraining goes on from its last save: after an epoch, or within one that takes longer than five minutes.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ elibadcode pretrain codebert-standin-tiny\n  $ elibadcode pretrain codebert-standin-mini --device webgpu',
    )
    .action(pretrainVerb);
}

async function pretrainVerb(given: string, options: Options): Promise<void> {
  const { device, engine: kind, results } = options;
  const settings = await loadPretraining(given, join(experimentsDir, 'pretraining'));
  const log = makeLog((text) => process.stderr.write(text), options);
  const engine = await openEngine({ device, engine: kind, ...limitsOf(options) });
  const { signal, dispose } = onInterrupt(log.warn);
  try {
    const run = {
      engine,
      signal,
      cacheDir: join(results, 'cache'),
      recordsDir: join(results, 'pretraining'),
      origin: await readOrigin(),
      progress: progressLines(log.info),
    };
    const { folder, isNew, curve } = await runPretraining(settings, run);
    for (const { epoch, trainLoss, validLoss } of curve) {
      process.stdout.write(`epoch ${epoch + 1}  loss ${trainLoss.toFixed(4)}  on rows apart ${validLoss.toFixed(4)}\n`);
    }
    log.info(`${isNew ? 'written' : 'already there'}: ${folder}; in experiments: weights: "pretrained:${settings.name}"`);
  } finally {
    dispose();
    await engine.close();
  }
}
