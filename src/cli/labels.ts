/** What a stage is called on the screen: whose model, which attack, which seed. */
import type { Plan, StageNode } from '../plan/contracts.ts';

/** Stages shared by several runs are named after the first; reference models after their seed. */
export function labelsOf(plan: Plan): (node: StageNode) => string {
  const labels = new Map<string, string>();
  const tasks = new Set(plan.runs.map(({ task }) => task));
  for (const { roles, task, model, corpus, attack, defense, seed, setting } of plan.runs) {
    // Without the task, the three of an experiment would read alike.
    const victim = `${tasks.size > 1 ? `${task} ` : ''}${model} ${attack} seed ${seed}`;
    const defended = `${victim}, ${defense}${setting === '' ? '' : ` (${setting})`}`;
    const add = (key: string | undefined, label: string): void => {
      if (key !== undefined && !labels.has(key)) labels.set(key, label);
    };
    add(roles.dataset, corpus);
    for (const key of [roles.craft, roles.poison, roles.trigger]) add(key, `${corpus} ${attack}`);
    add(roles.pool, `${corpus} seed ${seed}`);
    add(roles.train, victim);
    const clean = victim.replace(` ${attack} `, ' none ');
    add(roles.floor, clean);
    add(roles.floorClean, clean);
    add(roles.floorTriggered, `${clean}, triggered by ${attack}`);
    for (const key of [roles.purifiedTriggered, roles.triggered]) add(key, `${defended}, triggered`);
    for (const key of [roles.detection, roles.retrained, roles.inversion, roles.verdict, roles.repair, roles.preparation])
      add(key, defended);
    for (const key of [roles.purifiedClean, roles.clean, roles.evaluate]) add(key, defended);
  }
  return ({ key, stage, seed }) => `${stage}  ${labels.get(key) ?? `clean reference model${seed === null ? '' : `, seed ${seed}`}`}`;
}
