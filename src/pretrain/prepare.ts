/** A pretraining made ready: its rows, its network on the words that these hold, and the way back to the whole vocabulary. */
import { lookUp, UserError } from '../core/errors.ts';
import type { Dataset } from '../core/contracts.ts';
import type { Json } from '../core/hash.ts';
import type { Rng } from '../core/rng.ts';
import { loadTokenizer, matchTensors, type StoredTensor, type Tokenizer } from '../engine/index.ts';
import { architectures, type HostTensor, type Network, type Parameter } from '../train/index.ts';
import { initialTensors } from '../train/parameters.ts';
import { compactRow, compactTensors, expandTensors, vocabularyOf, type CompactVocabulary } from '../train/vocabulary.ts';
import { gatherTexts, rowOfText, splitRows, type DataCounts } from './data.ts';
import type { Objective, OpenObjective } from './objective.ts';
import { objectives } from './objectives/index.ts';
import type { PretrainingSettings } from './settings.ts';

type Tensors = ReadonlyMap<string, HostTensor>;
type Rows = readonly (readonly number[])[];

export interface Prepared {
  readonly tokenizer: Tokenizer;
  /** config.json. */
  readonly config: Json;
  readonly open: OpenObjective;
  readonly parameters: readonly Parameter[];
  /** Where training starts. */
  readonly tensors: Tensors;
  /** `trained` as it is stored, with the words that no row holds as they were drawn. */
  readonly expand: (trained: Tensors) => Tensors;
  readonly train: Rows;
  readonly valid: Rows;
  readonly counts: DataCounts;
}

/** Tensors of a stand-in that is gone on from, with Hugging Face's names. */
export type Start = ReadonlyMap<string, StoredTensor>;

export function preparePretraining(
  settings: PretrainingSettings,
  datasets: readonly Pick<Dataset, 'splits'>[],
  rng: Rng,
  from: Start | null,
): Prepared {
  const objective = objectives[settings.objective];
  if (objective.architecture !== settings.architecture) {
    throw new UserError('objective', `${objective.name} with ${settings.architecture}`, `architecture: ${objective.architecture}`);
  }
  const tokenizer = loadTokenizer(settings.tokenizer);
  const { texts, counts } = gatherTexts(datasets);
  const full = texts
    .map((text) => rowOfText(objective.readsQueries ? text : { ...text, query: null }, tokenizer, settings.maxTokens))
    .filter((row) => row.some((id) => !tokenizer.isSpecial(id)));
  const { pad, sep } = tokenizer.special;
  const vocabulary = vocabularyOf(
    full.map((row) => [row]),
    [pad, sep, ...objective.extraIds(tokenizer)],
  );
  const rows = splitRows(
    full.map((row) => compactRow(row, vocabulary)),
    rng.fork('validation rows'),
  );
  const architecture = lookUp(architectures, settings.architecture, 'architecture');
  if (architecture.configFor === undefined) throw new Error(`${architecture.name} cannot be written`);
  const size = lookUp(architecture.sizes, settings.size, 'size');
  const { maxTokens } = settings;
  const wanted = { size, vocabulary: objective.vocabularySize(tokenizer), maxTokens };
  const network = architecture.ofSize(wanted).network(tokenizer.special);
  const whole = opened(objective, network, tokenizer, maxTokens, null);
  const drawn = initialTensors([...network.parameters, ...whole.head], rng.fork('initial values'));
  const start = from === null ? drawn : readStart(from, drawn, objective, settings);
  const renumbered = network.renumbered({
    vocabulary: vocabulary.full.length,
    pad: vocabulary.compact.get(pad)!,
    sep: vocabulary.compact.get(sep)!,
  });
  const open = opened(objective, renumbered, tokenizer, maxTokens, vocabulary);
  return {
    ...{ tokenizer, config: architecture.configFor(wanted, tokenizer.special), open, ...rows },
    parameters: [...renumbered.parameters, ...open.head],
    tensors: perWord(compactTensors(network.parameters, start, vocabulary), open.perWord, (values) =>
      vocabulary.full.map((id) => values[id]!),
    ),
    expand(trained) {
      const expanded = perWord(trained, open.perWord, (values, name) => {
        const all = start.get(name)!.data.slice();
        vocabulary.full.forEach((id, index) => (all[id] = values[index]!));
        return all;
      });
      const unseen = objective.unseen === null ? null : vocabulary.compact.get(objective.unseen(tokenizer))!;
      const all = expandTensors(network.parameters, unseenAs(unseen, network.parameters, start, trained), expanded, vocabulary);
      return new Map([...all].map(([name, tensor]) => [objective.storedName(name), tensor]));
    },
    counts: { ...counts, trained: rows.train.length, validated: rows.valid.length },
  };
}

/** What is gone on from, under our names; every tensor must be there, since the objective's own head is one of them. */
function readStart(from: Start, drawn: Tensors, { storedName }: Objective, settings: PretrainingSettings): Tensors {
  const shapes = new Map([...drawn].map(([name, { shape }]) => [storedName(name), shape]));
  const found = matchTensors(shapes, from, { place: `start: ${settings.start}` });
  return new Map([...drawn.keys()].map((name) => [name, found.get(storedName(name))!]));
}

/** An objective on a network whose words are numbered as `vocabulary` says; `null`: as the tokenizer does. */
function opened(
  objective: Objective,
  network: Network,
  tokenizer: Tokenizer,
  maxTokens: number,
  vocabulary: CompactVocabulary | null,
): OpenObjective {
  const fullOf = (id: number): number => vocabulary?.full[id] ?? id;
  const isSpecial = (id: number): boolean => fullOf(id) >= tokenizer.vocabularySize || tokenizer.isSpecial(fullOf(id));
  return objective.open({
    ...{ network, tokenizer, maxTokens, isSpecial },
    idOf: (id) => vocabulary?.compact.get(id) ?? id,
    ordinary: Array.from({ length: network.words.vocabulary }, (_, id) => id).filter((id) => !isSpecial(id)),
  });
}

/** The tensors of these names, one value a word, made anew. */
function perWord(
  tensors: Tensors,
  names: readonly string[],
  change: (values: Float32Array, name: string) => ArrayLike<number>,
): Map<string, HostTensor> {
  const changed = names.map((name) => {
    const data = Float32Array.from(change(tensors.get(name)!.data, name));
    return [name, { shape: [data.length], data }] as const;
  });
  return new Map([...tensors, ...changed]);
}

/** What is stored of words that no row holds: as they were drawn, or the trained embedding of one of those that are known. */
function unseenAs(known: number | null, parameters: readonly Parameter[], start: Tensors, trained: Tensors): Tensors {
  if (known === null) return start;
  const name = parameters.find(({ key }) => key === 'words')!.tensors[0]!;
  const { shape } = start.get(name)!;
  const [rows, width] = shape as [number, number];
  const embedding = trained.get(name)!.data.subarray(known * width, (known + 1) * width);
  const data = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) data.set(embedding, row * width);
  return new Map(start).set(name, { shape, data });
}
