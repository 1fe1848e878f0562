/** The catalogue of tables: a new one is its file and its line here. */
import type { TableMember } from '../grid.ts';
import { attacks } from './attacks.ts';
import { inversions } from './inversions.ts';
import { table1 } from './table-1.ts';
import { table2 } from './table-2.ts';
import { table3 } from './table-3.ts';
import { variants } from './variants.ts';

export const tables: readonly TableMember[] = [table1, table2, table3, attacks, inversions, variants];
