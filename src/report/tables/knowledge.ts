/** What each defence of the report was given: the terms on which the others compare. */
import { numberCell, runsOf } from '../computed.ts';
import { provenanceOf, type TableMember } from '../grid.ts';
import { actsOn, type DefenseFacts, isDefense, needsOf, phasesWith, referenceModels, resources, useOf } from '../knowledge.ts';
import { defensesOf, type Slot } from '../slots.ts';
import type { Row, Table } from '../table.ts';
import { quantity, titleOf } from '../vocabulary.ts';

const nothing = '–';
const runs = quantity('count', 'runs', 'runs', 'count', 'neither');

export const knowledge: TableMember = {
  name: 'knowledge',
  title: 'What each defence is given',
  build({ victims, knowledge: facts }) {
    const slots = victims.flatMap((victim) => victim.slots).filter(({ filledBy }) => filledBy !== null);
    const shown = defensesOf(slots).flatMap((name) => facts.filter((fact) => fact.name === name && isDefense(fact)));
    return shown.length === 0 ? [] : [tableOf(shown, slots)];
  },
};

function tableOf(shown: readonly DefenseFacts[], slots: readonly Slot[]): Table {
  const needs = needsOf(shown);
  return {
    title: 'Phases that read each resource; –: none does',
    stubs: ['Defence', 'Acts on', 'Uses the model’s', ...needs.map((need) => resources[need] ?? need), referenceModels],
    columns: [{ title: runs.title, quantity: runs }],
    rows: shown.map((facts) => rowOf(facts, needs, slots)),
    notes: [
      'As the code of this report declares it: each phase is handed what it names and nothing else. No defence is told which attack it is, its ' +
        'trigger, its target, or which samples are poisoned. But where unlearning puts the inverted trigger, function names by default, is the ' +
        'attack’s own setting, and EliBadCode and DBS are given it.',
      'Of a run, all defences that read it get the same clean pool. The true poison rate is an oracle that the defence’s own paper grants it.',
      'Clean reference models: other seeds of the same victim, inverted in the same way; read by the verdict alone, where its rule is calibrated.',
    ],
    provenance: provenanceOf(slots.filter(({ defense }) => shown.some(({ name }) => name === defense))),
  };
}

function rowOf(facts: DefenseFacts, needs: readonly string[], slots: readonly Slot[]): Row {
  const own = slots.filter(({ defense }) => defense === facts.name);
  return {
    labels: [
      titleOf(facts.name),
      actsOn[facts.at],
      useOf(facts) ?? nothing,
      ...needs.map((need) => phasesWith(facts, need) ?? nothing),
      facts.isJudge ? 'verdict' : nothing,
    ],
    quantity: null,
    cells: [numberCell(own.length, runs.unit, { runs: runsOf(own) })],
  };
}
