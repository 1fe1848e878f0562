/**
 * Times this project's engine on the work of `peer.py`, and prints one JSON line a case.
 * usage: npx tsx bench/ours.ts DEVICE THREADS STEPS     (cpu 2 5)
 */
import { makeRng } from '../src/core/rng.ts';
import { compileGradient } from '../src/defend/elibadcode/gradient.ts';
import { stamp } from '../src/defend/elibadcode/stamp.ts';
import { dropoutPlace, dropoutPool, type EngineOptions, openEngine, planDropout, stepSize } from '../src/engine/index.ts';
import { openScorer, type Model } from '../src/train/index.ts';
import { robertaParameters } from '../src/train/models/roberta.ts';
import { flatSize, flatten, initialTensors } from '../src/train/parameters.ts';
import { stepProgram } from '../src/train/programs.ts';
import { makeBatch, vector } from '../src/train/rows.ts';
import { defect } from '../src/train/tasks/defect.ts';
import { cases, inversion } from './cases.ts';

const [device = 'cpu', threads = '2', steps = '5'] = process.argv.slice(2);
const engine = await openEngine({ device: device as EngineOptions['device'], engine: 'onnx', threads: Number(threads) });
const rng = makeRng(1);

for (const { name, layers, width, heads, feedForward, vocabulary, batch, tokens } of cases) {
  const shape = { layers, width, heads, feedForward, vocabulary, positions: tokens + 2, types: 1, epsilon: 1e-5 };
  const parameters = [...robertaParameters(shape, 1), ...defect.head(width)];
  const tensors = initialTensors(parameters, rng);
  const flat = (data: Float32Array): { shape: number[]; dtype: 'float32'; data: Float32Array } => ({
    shape: [data.length],
    dtype: 'float32',
    data,
  });
  const row = (): number[] => Array.from({ length: tokens }, () => 4 + rng.integer(vocabulary - 4));

  // Training step: forward, backward, clipping, AdamW; dropout 0.1 as in training.
  const plan = planDropout(0.1, Math.max(batch * heads * tokens * tokens, batch * tokens * width), 3 * layers + 3);
  const step = await engine.compile(
    stepProgram(
      { shape, task: defect },
      { trained: parameters, frozen: [] },
      { rows: { batch, tokens }, dropout: plan, encoderDropout: true, clipNorm: 1 },
    ),
  );
  const zeros = new Float32Array(flatSize(parameters));
  let state = {
    theta: await engine.upload(flat(flatten(parameters, tensors))),
    m: await engine.upload(flat(zeros)),
    v: await engine.upload(flat(zeros)),
  };
  const pool = await engine.upload(dropoutPool(plan, rng));
  const rows = makeBatch(Array.from({ length: batch }, row), batch, tokens, 1);
  const labels = vector(Array.from({ length: batch }, (_, index) => index % 2));
  let t = 0;
  const train = async (): Promise<void> => {
    t += 1;
    const inputs = { ...state, frozen: flat(new Float32Array(1)), ...rows, labels, weights: vector(Array<number>(batch).fill(1)) };
    const { kept } = await step.run({ ...inputs, stepSize: flat(Float32Array.of(stepSize(1e-4, t))), pool, ...dropoutPlace(plan, rng) });
    for (const tensor of Object.values(state)) tensor.dispose();
    state = kept;
  };
  report(`training step, ${name}`, await seconds(train, Number(steps)));
  await step.release();

  // Inversion iteration: gradient to the trigger over its vocabulary, then every candidate on every sample.
  const { samples, candidates, triggerTokens, triggerVocabulary } = inversion;
  const special = { cls: 0, pad: 1, sep: 2, unk: 3, mask: null };
  const model = { config: { maxTokens: tokens }, shape, parameters, task: defect, tokenizer: { special } } as unknown as Model;
  const scorer = await openScorer(engine, { shape, task: defect, parameters, maxTokens: tokens, padId: 1 }, tensors);
  const hosts = Array.from({ length: samples }, () => ({ ids: row().slice(triggerTokens), position: 3 }));
  const choice = Array.from({ length: Math.min(triggerVocabulary, vocabulary - 4) }, (_, index) => index + 4);
  const gradient = await compileGradient(engine, model, scorer, { hosts, target: 0, vocabulary: choice, triggerTokens });
  const limits = { maxTokens: tokens, sep: 2 };
  const iterate = async (): Promise<void> => {
    await gradient.run(choice.slice(0, triggerTokens));
    const triggers = Array.from({ length: candidates }, () => Array.from({ length: triggerTokens }, () => rng.pick(choice)));
    const stamped = triggers.flatMap((trigger) => hosts.map((host) => stamp(host, trigger, limits).row));
    await scorer.score(stamped, Array<number>(stamped.length).fill(0));
  };
  report(`inversion iteration, ${name}`, await seconds(iterate, Math.max(1, Math.floor(Number(steps) / 4))));
  await gradient.release();
  await scorer.close();
}
await engine.close();

/** Median of `count` timed calls after two that warm up. */
async function seconds(call: () => Promise<void>, count: number): Promise<number> {
  await call();
  await call();
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await call();
    times.push((performance.now() - start) / 1000);
  }
  return times.sort((a, b) => a - b)[Math.floor(count / 2)]!;
}

function report(what: string, value: number): void {
  process.stdout.write(`${JSON.stringify({ case: what, seconds: value })}\n`);
}
