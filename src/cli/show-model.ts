/** `elibadcode show model`: parameters and memory of a model, and how long training and inversion take on this device, before a run. */
import { Command } from 'commander';
import { catalogues } from '../config/catalogues.ts';
import { loadExperiment } from '../config/load.ts';
import type { Choice, ModelChoice } from '../config/schema.ts';
import { settleTraining, training } from '../config/training.ts';
import type { TaskName } from '../core/contracts.ts';
import { lookUp, UserError } from '../core/errors.ts';
import type { Json } from '../core/hash.ts';
import {
  gatherFacts,
  inversionPasses,
  makeRates,
  type ModelConfig,
  modelFacts,
  openEngine,
  type Rates,
  type TaskFacts,
  taskFacts,
  TRAINING_PASSES,
} from '../run/index.ts';
import { aligned } from './aligned.ts';
import { about, howMade } from './estimate.ts';
import { experimentsDir, type PlanOptions, withDevice } from './options.ts';

/** The paper's training sets (victims-and-data.md 1). */
const TRAINING_SAMPLES: Readonly<Record<TaskName, number>> = { defect: 21_854, clone: 90_102, search: 251_820 };

type Options = Pick<PlanOptions, 'device' | 'engine'> & { readonly experiment?: string };

/** A model as an experiment names it: its configuration, and what it is trained with for each of its tasks. */
interface Entry {
  readonly config: ModelConfig;
  readonly tasks: readonly TaskName[];
  readonly training: ModelChoice['training'];
}

export function showModelCommand(): Command {
  return withDevice(new Command('model').argument('[spec]', 'architecture/size: roberta/mini, t5/base, gpt-bigcode/1b'))
    .summary('parameters, memory and times of a model')
    .description(
      'Shows what a model is and takes, before a run: its parameters, and for each task the memory of a training step and estimates of one epoch\n' +
        'and of one option of EliBadCode’s inversion on this device, which is measured for some seconds.',
    )
    .option('--experiment <name>', 'the models of an experiment, with its tokenizers, row lengths and batches')
    .addHelpText('after', '\nExamples:\n  $ elibadcode show model roberta/mini\n  $ elibadcode show model --experiment quickstart')
    .action(async (spec: string | undefined, options: Options) => {
      const { entries, missing } = await entriesOf(spec, options);
      if (missing.length > 0) process.stdout.write(`${missing.map((why) => `not shown: ${why}`).join('\n')}\n\n`);
      if (entries.length === 0) return;
      const engine = await openEngine(options);
      try {
        const rates = makeRates(engine);
        for (const entry of entries) process.stdout.write(`${(await modelText(entry, rates, engine.memoryBudget)).join('\n')}\n\n`);
        process.stdout.write(`${[...notes(engine.memoryBudget), ...howMade(rates, engine.device)].join('\n')}\n`);
      } finally {
        await engine.close();
      }
    });
}

interface Entries {
  readonly entries: readonly Entry[];
  /** Why models of the experiment cannot be shown: their files are not here. */
  readonly missing: readonly string[];
}

async function entriesOf(spec: string | undefined, options: Options): Promise<Entries> {
  if ((spec === undefined) === (options.experiment === undefined))
    throw new UserError(
      'show model',
      spec === undefined ? 'no model named' : 'a model and an experiment',
      'architecture/size, or --experiment NAME',
    );
  if (spec !== undefined)
    return { entries: [entryOf({ ...namedBy(spec), tasks: Object.keys(TRAINING_SAMPLES), training: training.parse({}) })], missing: [] };
  const { models } = await loadExperiment(options.experiment!, experimentsDir, catalogues);
  const { folders, places } = await gatherFacts({ corpora: [], models }, options);
  const placed = (value: Json): Json => (typeof value === 'string' && Object.hasOwn(places, value) ? places[value]! : value);
  const lacks = (model: Choice): string[] =>
    Object.values(model).flatMap((value) => {
      const files = typeof value === 'string' ? folders[value] : undefined;
      return files !== undefined && 'missing' in files ? [files.missing] : [];
    });
  const known = models.filter(({ name }) => Object.hasOwn(catalogues.models, name));
  return {
    entries: known
      .filter((model) => lacks(model).length === 0)
      .map((model) => entryOf(Object.fromEntries(Object.entries(model).map(([key, value]) => [key, placed(value)])) as Choice)),
    missing: [...new Set(known.flatMap(lacks))],
  };
}

/** `roberta/mini` with every default. */
function namedBy(spec: string): { readonly name: string } & object {
  const [name = '', size, ...more] = spec.split('/');
  if (size === undefined || more.length > 0)
    throw new UserError('show model', `found “${spec}”`, 'architecture/size, such as roberta/mini');
  const parsed = lookUp(catalogues.models, name, 'model').params.safeParse({ size });
  if (!parsed.success) throw new UserError('show model', `${name} has no size “${size}”`, 'as “elibadcode ls models” lists them');
  return { name, ...(parsed.data as object) };
}

/** A checked entry: its parameters are a model's, besides its own keys. */
function entryOf(choice: { readonly name: string } & Readonly<Record<string, unknown>>): Entry {
  const { tasks, training: own, ...config } = choice as unknown as ModelConfig & Omit<Entry, 'config'>;
  return { config, tasks, training: own };
}

const count = (value: number): string => value.toLocaleString('en-US');
const gib = (bytes: number): string => (bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`);

async function modelText({ config, tasks, training: own }: Entry, rates: Rates, budget: number): Promise<string[]> {
  const { size, parameters, vocabulary, wordParameters } = modelFacts(config);
  const { name, weights, tokenizer, maxTokens } = config;
  const lines = [
    ['architecture', lookUp(catalogues.models, name, 'model').title],
    ['shape', `${size.layers} layers, width ${size.width}, ${size.heads} heads, feed-forward ${size.feedForward}`],
    ['weights, tokenizer', `${weights}; ${tokenizer}, ${count(vocabulary)} words; rows of ${maxTokens}`],
    ['parameters', `${count(parameters)}, of which ${count(wordParameters)} in the word table; a task’s head besides`],
    ['memory of weights', gib(4 * parameters)],
  ];
  const rows: string[][] = [];
  for (const task of tasks) {
    const settled = settleTraining(task, own);
    const speed = { training: await rates.rate(config, settled.batchSize), inversion: await rates.rate(config, null) };
    rows.push(taskRow(task, settled.batchSize, taskFacts(config, task, settled, budget), speed));
  }
  const heading = ['task', 'head', 'rows', 'batch', 'memory of a step', 'at once here', 'epoch of', 'time', 'inversion, an option'];
  return [`${name}/${config.size}`, ...aligned(lines), '', ...aligned([heading, ...rows])];
}

/** Floating-point operations a second. */
interface Speed {
  readonly training: number;
  readonly inversion: number;
}

function taskRow(task: TaskName, batchSize: number, { headParameters, tokens, memory, sampleFlops }: TaskFacts, speed: Speed): string[] {
  const samples = TRAINING_SAMPLES[task];
  const seconds = (passes: number, rate: number): string => about((passes * sampleFlops) / rate);
  return [
    task,
    count(headParameters),
    tokens.join('+'),
    String(batchSize),
    gib(memory.bytes),
    memory.rows === null ? 'too large' : String(memory.rows),
    count(samples),
    seconds(TRAINING_PASSES * samples, speed.training),
    seconds(inversionPasses(inversionDefaults()), speed.inversion),
  ];
}

/** Of the paper's defence, with its defaults. */
function inversionDefaults(): Parameters<typeof inversionPasses>[0] {
  const settings = catalogues.defenses['elibadcode']!.params.parse({}) as unknown;
  return (settings as { readonly inversion: Parameters<typeof inversionPasses>[0] }).inversion; // As its schema says.
}

function notes(budget: number): string[] {
  return [
    `Memory: a step with its whole batch and word table; “at once here” is what a budget of ${gib(budget)} lets through, a batch is else computed`,
    'in parts. Epochs are over the paper’s training sets, rows as long as they can be; inversion with EliBadCode’s defaults.',
  ];
}
