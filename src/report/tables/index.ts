/** The catalogue of tables: a new one is its file and its line here. */
import type { TableMember } from '../grid.ts';
import { attacks } from './attacks.ts';
import { defenses } from './defenses.ts';
import { detection } from './detection.ts';
import { inversions } from './inversions.ts';
import { knowledge } from './knowledge.ts';
import { sweepTable } from './sweeps.ts';
import { table1 } from './table-1.ts';
import { table2 } from './table-2.ts';
import { table3 } from './table-3.ts';
import { table4 } from './table-4.ts';
import { table5 } from './table-5.ts';
import { table6 } from './table-6.ts';
import { table7 } from './table-7.ts';
import { table8 } from './table-8.ts';
import { table9 } from './table-9.ts';
import { variants } from './variants.ts';

export const tables: readonly TableMember[] = [
  table1,
  table2,
  table3,
  table4,
  table5,
  table6,
  table7,
  table8,
  table9,
  sweepTable,
  attacks,
  defenses,
  knowledge,
  detection,
  inversions,
  variants,
];
