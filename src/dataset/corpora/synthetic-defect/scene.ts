/** The names, types and constants one generated function draws from; no two things of a function share a name. */
import type { Rng } from '../../../core/rng.ts';

const words = {
  /** Verbs of function names and of helpers that are called. */
  verb: 'get set init read write parse update copy push check load store test reset open flush find send decode setup scan attach'.split(
    ' ',
  ),
  topic:
    'frame packet block header stream table region timer sector chunk slot event route filter sample track image group line port'.split(
      ' ',
    ),
  suffix: 'init test data info all next fast locked state internal'.split(' '),
  pointer: 'ctx pkt node ent req dev hdr conn msg job'.split(' '),
  opaque: 'opaque priv arg user cookie token'.split(' '),
  buffer: 'buf dst out data chunk raw'.split(' '),
  source: 'src in from input text'.split(' '),
  array: 'tab vals items list map regs'.split(' '),
  length: 'len size n count num bytes'.split(' '),
  index: 'i j k idx pos'.split(' '),
  sum: 'sum total acc check crc used'.split(' '),
  result: 'ret rc err res status got'.split(' '),
  scratch: 'mode flags step level key depth shift width'.split(' '),
  field: 'next prev state refs head tail weight offset'.split(' '),
  struct: 'Packet Frame Node Request Device Session Header Buffer'.split(' '),
  limit: 'MAX_LEN BUF_SIZE LIMIT MAX_ITEMS TABLE_SIZE'.split(' '),
  failure: ['-1', '-EINVAL', '-ENOMEM', '-EIO'],
  constant: ['1', '2', '3', '4', '7', '8', '10', '16', '32', '64', '100', '255'],
} as const;

export type WordClass = keyof typeof words;

export interface Scene {
  readonly rng: Rng;
  /** A name of the class that nothing in this function has yet. */
  fresh(kind: WordClass): string;
  /** Any word of the class, repeats allowed: fields, constants, types. */
  any(kind: WordClass): string;
  /** True with probability `share`, 0..1. */
  chance(share: number): boolean;
  /** A helper's name such as `send_frame`; never the name of the function itself. */
  helper(verb?: string): string;
  /** `if (condition) action`, in one of several layouts. */
  guard(condition: string, action: string): string;
  /** The name of the function itself: one to three words joined by `_`. */
  readonly functionName: string;
}

export function makeScene(rng: Rng): Scene {
  const taken = new Set<string>();
  const claim = (draw: () => string): string => {
    for (;;) {
      const name = draw();
      if (taken.has(name)) continue;
      taken.add(name);
      return name;
    }
  };
  const any = (kind: WordClass): string => rng.pick(words[kind]);
  const chance = (share: number): boolean => rng.uniform() < share;
  return {
    rng,
    any,
    chance,
    fresh: (kind) => claim(() => any(kind)),
    helper: (verb) => claim(() => `${verb ?? any('verb')}_${any('topic')}`),
    guard(condition, action) {
      if (chance(0.7)) return `if (${condition}) ${action}`;
      return chance(0.6) ? `if (${condition}) { ${action} }` : `if (${condition}) { ${rng.pick(['warn', 'debug', 'trace'])}(); ${action} }`;
    },
    functionName: claim(() => functionName(rng)),
  };
}

function functionName(rng: Rng): string {
  const numWords = 1 + rng.integer(3);
  if (numWords === 1) return `${rng.pick(words.verb)}${rng.pick(words.topic)}`;
  const pair = [rng.pick(words.verb), rng.pick(words.topic)];
  if (numWords === 2) return (rng.integer(2) === 0 ? pair : pair.reverse()).join('_');
  return [...pair, rng.pick(words.suffix)].join('_');
}
