/** Table 4 (RQ1): does defending a clean model harm it? The trigger found in it is unlearnt all the same. */
import { gridOf, paperFirst, type TableMember } from '../grid.ts';
import { defensesOf, type Family } from '../slots.ts';
import { noAttack } from '../vocabulary.ts';

const paperColumns = ['undefended', 'dbs', 'elibadcode'];

export const table4: TableMember = {
  name: 'table-4',
  title: 'Table 4. Clean models under each defence',
  build: ({ families, reported }) =>
    families
      .filter((family) => planned(family).some((name) => name !== 'undefended'))
      .map((family) =>
        gridOf(family, reported, {
          attacks: [],
          defenses: paperFirst(paperColumns, planned(family)),
          // The rows of the clean model, and no others.
          hasControls: true,
          exhibits: ['table-4'],
        }),
      ),
};

function planned({ victims }: Family): string[] {
  return defensesOf(victims.flatMap(({ slots }) => slots.filter(({ attack, setting }) => attack === noAttack && setting === '')));
}
