/** The catalogue of crafts: a new one is its file and its line here. */
import type { Craft } from '../contracts.ts';
import { adversarialNames } from './adversarial-names.ts';
import { snippets } from './snippets.ts';

export const crafts = { 'adversarial-names': adversarialNames, snippets } satisfies Readonly<Record<string, Craft>>;
