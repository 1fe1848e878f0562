/** The five kinds of work through the project's own code paths: what ours.ts times and profile.ts takes apart. */
import type { Rng } from '../src/core/rng.ts';
import { quietContext, type StageContext } from '../src/core/stage.ts';
import { anchorTrigger } from '../src/defend/elibadcode/anchor.ts';
import { drawCandidates } from '../src/defend/elibadcode/candidates.ts';
import { compileChoices } from '../src/defend/elibadcode/gradient.ts';
import { profiles } from '../src/defend/elibadcode/profiles.ts';
import { lossesOnce, runSearch, scoreTriggers, type Search } from '../src/defend/elibadcode/search.ts';
import { fit, openScorer, type Scorer } from '../src/train/index.ts';
import type { Bench } from './bench-model.ts';
import type { WorkName } from './cases.ts';
import type { Laps } from './laps.ts';

/** More than any time budget asks for. */
const MAX_CALLS = 1000;

export const workload: Readonly<Record<WorkName, (bench: Bench, laps: Laps) => Promise<void>>> = {
  training,
  evaluation,
  gradient,
  candidates,
  iteration,
};

/** Full rows through the training loop: forward, backward, clipping, AdamW. */
async function training({ engine, job, model, tensors, rng }: Bench, laps: Laps): Promise<void> {
  const { batch, tokens, vocabulary } = job.spec;
  const { maxTokens, dropout } = job.setting;
  const ordinary = vocabulary - 4;
  const different = Array.from({ length: batch }, () => Array.from({ length: tokens }, () => 4 + rng.integer(ordinary)));
  const data = {
    inputs: Array.from({ length: MAX_CALLS * batch }, (_, index) => [different[index % batch]!]),
    labels: Array.from({ length: MAX_CALLS * batch }, (_, index) => index % 2),
  };
  const options = { epochs: 1, batchSize: batch, learningRate: 1e-4, warmup: 0, dropout, encoderDropout: true, clipNorm: 1 } as const;
  const partition = { trained: model.parameters, frozen: [] };
  const keeper = { start: null, afterEpoch: () => Promise.resolve(null), encode: () => new Map<string, Uint8Array>(), decode: () => null };
  const fitJob = {
    model: { ...model, maxTokens },
    partition,
    tensors,
    data,
    options: { ...options, order: 'random' },
  } as const;
  await untilDone(laps, (context) => fit(engine, fitJob, context, keeper), rng);
}

/** Rows as they come, in batches of like length. */
async function evaluation(bench: Bench, laps: Laps): Promise<void> {
  const { evaluation: rows, labels } = bench.job.rows;
  await withScorer(bench, async (scorer) => {
    let call = 0;
    do {
      // One sub-token of each row is another in every call: nothing remembered can answer.
      const fresh = rows.map((row) => [row.with(1, 4 + (call % 4000))]);
      call++;
      laps.start();
      await scorer.score(fresh, labels);
    } while (laps.lap());
  });
}

/** With respect to the trigger, over its vocabulary, and the best tokens of each place: all that a search reads of it. */
async function gradient(bench: Bench, laps: Laps): Promise<void> {
  const { engine, job, model, rng } = bench;
  const { hosts, target, triggerVocabulary: vocabulary } = job.rows;
  const { triggerTokens, topK } = job.setting;
  await withScorer(bench, async (scorer) => {
    const program = await compileChoices(engine, model, scorer, { hosts, target, vocabulary, triggerTokens, topK });
    do {
      const trigger = rng.sample(vocabulary, triggerTokens);
      laps.start();
      await program.run(trigger);
    } while (laps.lap());
    await program.release();
  });
}

/** Candidates of one trigger, each with one token of 64 a place replaced; none twice. */
async function candidates(bench: Bench, laps: Laps): Promise<void> {
  const { rng } = bench;
  await withSearch(bench, 1, async (search) => {
    const { settings, vocabulary } = search;
    const tried = new Set<string>();
    const trigger = rng.sample(vocabulary, settings.triggerTokens);
    do {
      const choices = trigger.map(() => rng.sample(vocabulary, settings.topK));
      const drawn = drawCandidates(trigger, choices, settings, tried, rng);
      laps.start();
      await scoreTriggers(search, drawn, search.candidateScorer);
    } while (laps.lap());
  });
}

/** Gradient, top-k, draw, candidates: the search itself. */
async function iteration(bench: Bench, laps: Laps): Promise<void> {
  const { engine, rng } = bench;
  await withSearch(bench, MAX_CALLS, (search) => untilDone(laps, (context) => runSearch(search, { ...context, engine }, []), rng));
}

/** One option of the inversion as it is used: the search at its settings, then anchoring. Returns what it found. */
export async function wholeOption(bench: Bench, iterations: number): Promise<{ readonly loss: number; readonly kept: number }> {
  const { engine, rng } = bench;
  let found = { loss: Number.NaN, kept: 0 };
  await withSearch(bench, iterations, async (search) => {
    const { best, known } = await runSearch(search, { ...quietContext(rng), engine }, []);
    const { anchored } = await anchorTrigger(best.ids, best.loss, {
      ...{ anchor: search.settings.anchor, tokenizer: search.model.tokenizer },
      lossesOf: lossesOnce(search, known),
    });
    found = { loss: best.loss, kept: anchored.ids.length };
  });
  return found;
}

/** Runs a loop of the project's, which reports every call, until the laps are enough. */
async function untilDone(laps: Laps, loop: (context: StageContext) => Promise<unknown>, rng: Rng): Promise<void> {
  const enough = new Error('measured enough');
  const controller = new AbortController();
  const progress = (): void => {
    if (!laps.lap()) controller.abort(enough);
  };
  laps.start();
  try {
    await loop({ ...quietContext(rng), signal: controller.signal, progress });
  } catch (error) {
    if (error !== enough) throw error;
  }
}

async function withScorer({ engine, job, model, tensors }: Bench, use: (scorer: Scorer) => Promise<void>): Promise<void> {
  const scorer = await openScorer(engine, { ...model, maxTokens: job.setting.maxTokens }, tensors);
  try {
    await use(scorer);
  } finally {
    await scorer.close();
  }
}

async function withSearch(bench: Bench, iterations: number, use: (search: Search) => Promise<void>): Promise<void> {
  const { job, model } = bench;
  const { triggerTokens, topK, candidates: repeat } = job.setting;
  const { hosts, target, triggerVocabulary: vocabulary } = job.rows;
  const settings = { ...profiles.default.inversion, triggerTokens, topK, repeat, iterations };
  await withScorer(bench, (scorer) =>
    use({ model, scorer, candidateScorer: scorer, trainingMode: null, settings, vocabulary, target, half: 'any', hosts }),
  );
}
