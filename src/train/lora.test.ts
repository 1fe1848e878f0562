/** LoRA: it starts at the model, learns, changes what it says and by no more than its rank, and what comes out is what was trained. */
import { describe, expect, test } from 'vitest';
import type { Sample } from '../core/contracts.ts';
import { makeRng } from '../core/rng.ts';
import { quietContext } from '../core/stage.ts';
import { openEngine, type Engine } from '../engine/index.ts';
import { describeOnDevices } from '../testing/engines.ts';
import '../testing/matchers.ts';
import { makeProgram } from '../testing/program.ts';
import { tinyJob, tinyModel, tinyRows } from '../testing/tiny-model.ts';
import type { TrainingConfig } from './contracts.ts';
import { fit, type FitJob } from './fit.ts';
import { adaptersOf, mergeAdapters } from './lora.ts';
import { openModel, startingTensors } from './model.ts';
import type { Architecture } from './architecture.ts';
import { architectures } from './models/index.ts';
import { initialTensors } from './parameters.ts';
import { openScorer } from './scorer.ts';
import { train } from './train.ts';

const open = (): Promise<Engine> => openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
const losses = {
  start: [] as readonly number[],
  afterEpoch: ({ trainLoss }: { readonly trainLoss: number }, kept: readonly number[]) => Promise.resolve([...kept, trainLoss]),
  encode: () => new Map<string, Uint8Array>(),
  decode: () => [],
};

/** A job that trains adapters and the head. */
function loraJob(model: ReturnType<typeof tinyModel>, options: Partial<FitJob['options']>, count = 24) {
  const adapters = adaptersOf(model.network, { rank: 2, alpha: 6 });
  const added = adapters.flatMap(({ a, b }) => [a, b]);
  const isHead = ({ key }: { readonly key: string }): boolean => key.startsWith('head.');
  const head = model.parameters.filter(isHead);
  const job = tinyJob(model, tinyRows(count), options);
  return {
    adapters,
    job: {
      ...job,
      partition: { trained: [...added, ...head], frozen: model.parameters.filter((one) => !isHead(one)), adapters },
      tensors: new Map([...model.tensors, ...initialTensors(added, makeRng('adapters'))]),
    },
  };
}

/** The additions are the same whatever they are added to; each architecture's own passes are trained on WebGPU in architectures.test.ts. */
const devicesOf = ({ name }: Architecture) => (name === 'roberta' ? (['cpu', 'webgpu'] as const) : (['cpu'] as const));

describe.each(Object.values(architectures))('$name', (architecture) => {
  const model = tinyModel({ architecture });

  test('begins at the model it adapts', async () => {
    const options = { epochs: 1, batchSize: 24, dropout: 0 };
    const whole = await fit(await open(), tinyJob(model, tinyRows(24), options), quietContext(makeRng(7)), losses);
    const { kept } = await fit(await open(), loraJob(model, options).job, quietContext(makeRng(7)), losses);
    expect(kept).toBeAllclose(whole.kept, { relative: 1e-5 });
  });

  describeOnDevices(
    'trained',
    (openDevice) => {
      test('learns, and the merged weights score as the adapted ones do', async () => {
        const engine = await openDevice();
        const { adapters, job } = loraJob(model, { epochs: 15, batchSize: 8, learningRate: 3e-2, dropout: 0 }, 64);
        const { trained, kept } = await fit(engine, job, quietContext(makeRng(7)), losses);
        expect(kept.at(-1)).toBeLessThan(0.8 * kept[0]!);
        // One more epoch that changes nothing tells the loss of what was trained.
        const still = {
          ...job,
          tensors: new Map([...job.tensors, ...trained]),
          options: { ...job.options, epochs: 1, learningRate: 1e-30 },
        };
        const { kept: adapted } = await fit(engine, still, quietContext(makeRng(7)), losses);
        const merged = mergeAdapters(adapters, model.parameters, still.tensors);
        const scorer = await openScorer(engine, model, new Map([...model.tensors, ...trained, ...merged]));
        const scored = await scorer.score(job.data.inputs, job.data.labels);
        await scorer.close();
        expect(scored.reduce((sum, { loss }) => sum + loss, 0) / scored.length).toBeAllclose(adapted[0]!, { relative: 1e-4 });
        expect([...merged.keys()]).toEqual(
          model.parameters.filter(({ key }) => model.network.adapted.includes(key)).flatMap(({ tensors }) => tensors),
        );
      });
    },
    devicesOf(architecture),
  );
});

test('the stage gives a victim with the model’s own tensors, of which the adapted ones and the head are changed', async () => {
  const config = { name: 'gpt-bigcode', size: 'tiny', weights: 'scratch', tokenizer: 'gpt2', maxTokens: 16, comparedWith: null } as const;
  const samples = Array.from({ length: 12 }, (_, index): Sample => {
    return { id: `${index}`, label: index % 2, programs: [makeProgram(`int f ( ) { ${index % 2 === 0 ? 'go' : 'stop'} ( ) ; }`)] };
  });
  const training: TrainingConfig = {
    ...{ epochs: 2, batchSize: 4, learningRate: 1e-2, warmup: 0, dropout: 0.1, clipNorm: 1 },
    order: 'random',
    threshold: 'half',
    lora: { rank: 2, alpha: 4 },
  };
  const context = { ...quietContext(makeRng(3)), engine: await open() };
  const victim = await train({ task: 'defect', train: samples, valid: samples }, { model: config, training }, context);
  const start = startingTensors(openModel(config, 'defect'), makeRng(3).fork('initial values'));
  expect([...victim.tensors.keys()].toSorted()).toEqual([...start.keys()].toSorted());
  const changed = [...start].filter(([name, { data }]) => victim.tensors.get(name)!.data.some((value, i) => value !== data[i]));
  expect(changed.map(([name]) => name).toSorted()).toEqual([
    'encoder.h.0.attn.c_attn.weight',
    'encoder.h.1.attn.c_attn.weight',
    'score.weight',
  ]);
  expect(victim.history).toHaveLength(2);
});
