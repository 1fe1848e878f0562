/** Which files of a tokenizer are understood: the special tokens by their names, and how text is split before the merges. */
import { z } from 'zod';
import { UserError } from '../core/errors.ts';

export interface SpecialIds {
  readonly cls: number;
  /** May be the id of other roles too: a mask comes from a row's length, never from this. */
  readonly pad: number;
  readonly sep: number;
  readonly unk: number;
  readonly mask: number | null;
}

/** What stands before GPT-2's pattern: nothing, or a cut around each numeric character. */
export type Splitting = 'byte-level' | 'digits, byte-level';

export interface Layout {
  readonly title: string;
  readonly roles: Readonly<Record<Exclude<keyof SpecialIds, 'mask'>, string>>;
  /** There or not. */
  readonly mask: string | null;
  /** Special without a role here. */
  readonly others: readonly string[];
  readonly splitting: Splitting;
}

/** RoBERTa's names, used by CodeBERT, UniXcoder and CodeT5 alike (victims-and-data.md 3). */
export const robertaLayout: Layout = {
  title: 'RoBERTa',
  roles: { cls: '<s>', pad: '<pad>', sep: '</s>', unk: '<unk>' },
  mask: '<mask>',
  others: [],
  splitting: 'byte-level',
};

/** A decoder without roles for rows: the paper's choice (victims-and-data.md 1; Table 8). */
const starcoderLayout: Layout = {
  title: 'StarCoder',
  roles: { cls: '<fim_prefix>', pad: '<|endoftext|>', sep: '<fim_middle>', unk: '<|endoftext|>' },
  mask: null,
  others: ['<fim_suffix>', '<fim_pad>'],
  splitting: 'digits, byte-level',
};

/** The one with the rarer names first. */
const layouts: readonly Layout[] = [starcoderLayout, robertaLayout];

const namesOf = ({ roles, others }: Layout): string[] => [...new Set([...Object.values(roles), ...others])];

const known = layouts
  .map((layout) => `${layout.title} (${namesOf(layout).join(' ')}; split by ${layout.splitting})`)
  .reverse()
  .join(', or ');

/** For messages about a file that is none of them. */
export const knownLayouts = `byte-level BPE as ${known}`;

/**
 * The layout whose names the vocabulary has.
 * @param splitting as the files say it; `null` where they do not
 */
export function layoutOf(has: (piece: string) => boolean, splitting: Splitting | null, place: string): Layout {
  const possible = layouts.filter((layout) => splitting === null || layout.splitting === splitting);
  const lacking = possible.map((layout) => ({ layout, missing: namesOf(layout).filter((name) => !has(name)) }));
  const found = lacking.find(({ missing }) => missing.length === 0);
  if (found !== undefined) return found.layout;
  const faults = lacking.map(({ layout: { title }, missing }) => `no special token ${missing[0]!} of ${title}’s`);
  throw new UserError(place, `the vocabulary has ${faults.join(' and ')}`, knownLayouts);
}

const byteLevel = z.looseObject({
  type: z.literal('ByteLevel'),
  add_prefix_space: z.literal(false),
  use_regex: z.literal(true).optional(),
});
const digits = z.looseObject({ type: z.literal('Digits'), individual_digits: z.literal(true) });
const digitsFirst = z.looseObject({ type: z.literal('Sequence'), pretokenizers: z.tuple([digits, byteLevel]) });

/** A tokenizer.json's `pre_tokenizer`. */
export const splitter = z
  .discriminatedUnion('type', [byteLevel, digitsFirst])
  .transform(({ type }): Splitting => (type === 'ByteLevel' ? 'byte-level' : 'digits, byte-level'));
