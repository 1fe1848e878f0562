/** Table 1 (RQ1): does EliBadCode remove the backdoor, and better than the baselines? With the controls that the paper lacks. */
import { gridOf, paperFirst, type TableMember } from '../grid.ts';
import { paperAttacks, paperDefenses } from '../vocabulary.ts';

export const table1: TableMember = {
  name: 'table-1',
  title: 'Table 1. Clean metric and attack success under each defence',
  build: ({ families, reported }) =>
    families.map((family) =>
      gridOf(family, reported, {
        attacks: paperFirst(
          paperAttacks,
          family.victims.flatMap(({ slots }) => slots.map((slot) => slot.attack)),
        ),
        defenses: paperFirst(
          paperDefenses,
          family.victims.flatMap(({ slots }) => slots.map((slot) => slot.defense)),
        ),
        hasControls: true,
        // Fine-tuning is Tables 2 and 3 of the paper, the clean model its Table 4.
        exhibits: ['table-1', 'table-2', 'table-3', 'table-4'],
      }),
    ),
};
