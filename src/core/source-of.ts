/** A program as text again: what a parser, and a person, reads. */
import type { Program } from './contracts.ts';

/** Its tokens with the white space before each; triggered programs have that of what was put in too. */
export function sourceOf({ tokens, gaps }: Pick<Program, 'tokens' | 'gaps'>): string {
  if (gaps.length !== tokens.length) throw new Error(`${tokens.length} tokens with ${gaps.length} gaps`);
  return tokens.map((token, index) => `${gaps[index]!}${token}`).join('');
}
