/** The catalogue of figures: a new one is its file and its line here. */
import type { FigureMember } from '../figure.ts';
import { figure11 } from './figure-11.ts';
import { figure12 } from './figure-12.ts';
import { figure13 } from './figure-13.ts';
import { figure5 } from './figure-5.ts';
import { figure6 } from './figure-6.ts';
import { figure7 } from './figure-7.ts';
import { figure8 } from './figure-8.ts';
import { figure9 } from './figure-9.ts';
import { pretraining } from './pretraining.ts';
import { roc } from './roc.ts';

export const figures: readonly FigureMember[] = [
  figure5,
  figure6,
  figure7,
  figure8,
  figure9,
  figure11,
  figure12,
  figure13,
  roc,
  pretraining,
];
