/** The tasks that can be poisoned, each with its rule. */
import { z } from 'zod';
import type { TaskName } from '../../core/contracts.ts';
import type { PoisonTask } from '../task.ts';
import { clone } from './clone.ts';
import { defect } from './defect.ts';
import { search } from './search.ts';

export type { PoisonTask } from '../task.ts';

export const poisonTasks = { defect, clone, search } satisfies Readonly<Record<TaskName, PoisonTask>>;

/** The settings of all rules as one schema: an experiment's attack may be run on any task. */
export const poisonSettings = z.strictObject({ ...defect.settings.shape, ...clone.settings.shape, ...search.settings.shape });
