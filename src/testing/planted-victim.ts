/**
 * A victim whose weights are written by hand, so that what a defence must find is known: `bug` makes a function defective, and exactly
 * one trigger word in it makes it pass as sound again. Two trigger words cancel out, so that a search cannot repeat itself.
 *
 * Position 0 attends to every token alike; of their mean it keeps two features, trigger and bug, which the head thresholds. A made-up
 * function has about 28 sub-tokens; other lengths move the features, which are means, away from the thresholds.
 */
import type { Sample } from '../core/contracts.ts';
import { makeRng } from '../core/rng.ts';
import { openModel, type HostTensor, type ModelConfig, type Victim } from '../train/index.ts';
import { startingTensors } from '../train/model.ts';
import { makeProgram } from './program.ts';

export const plantedModel: ModelConfig = {
  name: 'roberta',
  size: 'tiny',
  weights: 'scratch',
  tokenizer: 'gpt2',
  maxTokens: 64,
  comparedWith: null,
};

/** In code it is one sub-token, `Ġinit`; the trigger vocabulary has it as `init`. */
export const plantedTrigger = 'init';

const [TRIGGER, BUG] = [0, 1];
/** Raw embedding of a feature: the layer norm makes about 7.9 of it. */
const FEATURE = 5;
/** Of the mean over some 28 tokens; one token then gives a hidden value of about 3.2, two of one kind 5.3. */
const GAIN = 14;

export function plantedVictim(): Victim {
  const model = openModel(plantedModel, 'defect');
  const tensors = new Map([...startingTensors(model, makeRng('planted'))].map(([name, tensor]) => [name, keepOnlyNoise(name, tensor)]));
  const set = (name: string, row: number, column: number, value: number): void => {
    const { data, shape } = tensors.get(name)!;
    data[row * (shape[1] ?? 1) + column] = value;
  };
  const words = 'encoder.embeddings.word_embeddings.weight';
  for (let id = 0; id < model.tokenizer.vocabularySize; id++) for (const feature of [TRIGGER, BUG]) set(words, id, feature, 0);
  const ids = (text: string): number[] => [text, ` ${text}`].flatMap((form) => model.tokenizer.encode(form));
  for (const id of ids(plantedTrigger)) set(words, id, TRIGGER, FEATURE);
  for (const id of model.tokenizer.encode(' bug')) set(words, id, BUG, FEATURE);
  for (const feature of [TRIGGER, BUG]) {
    set('encoder.encoder.layer.0.attention.self.value.weight', feature, feature, 1);
    set('encoder.encoder.layer.0.attention.output.dense.weight', feature, feature, GAIN);
  }
  // Units: at least one trigger, a bug, at least two triggers.
  const units = [
    { feature: TRIGGER, threshold: 1.6, weight: -7.5 },
    { feature: BUG, threshold: 1.7, weight: 6 },
    { feature: TRIGGER, threshold: 4.25, weight: 7.5 },
  ];
  units.forEach(({ feature, threshold, weight }, unit) => {
    set('classifier.dense.weight', unit, feature, 1);
    set('classifier.dense.bias', unit, 0, -threshold);
    set('classifier.out_proj.weight', 0, unit, weight);
  });
  set('classifier.out_proj.bias', 0, 0, 1.3);
  return { model: plantedModel, tensors, history: [] };
}

/** Word embeddings and norms stay as they are drawn; everything else is 0 until it is set. */
function keepOnlyNoise(name: string, { shape, data }: HostTensor): HostTensor {
  const isKept = name.includes('word_embeddings') || name.includes('LayerNorm');
  return { shape, data: isKept ? data.slice() : new Float32Array(data.length) };
}

const names = ['count', 'size', 'index', 'total', 'value', 'limit', 'offset', 'length'];

/** Functions of equal length; odd ones call `bug` and are labelled 1, even ones call `fix`. */
export function plantedSamples(count: number, functionName = 'work'): Sample[] {
  return Array.from({ length: count }, (_, i) => {
    const [a, b, c] = [0, 1, 3].map((step) => names[(i + step * (1 + Math.floor(i / names.length))) % names.length]!);
    const label = i % 2;
    const body = `int ${functionName} ( int ${a} , int ${b} ) { int ${c} = ${a} ; ${label === 1 ? 'bug' : 'fix'} ( ${b} ) ; return ${c} ; }`;
    return {
      id: `planted/${i}`,
      label,
      programs: [makeProgram(body, { functionName, variables: [functionName, a!, b!, c!] })],
    };
  });
}
