/** The catalogue of figures: a new one is its file and its line here. */
import type { FigureMember } from '../figure.ts';
import { figure6 } from './figure-6.ts';
import { figure9 } from './figure-9.ts';

export const figures: readonly FigureMember[] = [figure6, figure9];
