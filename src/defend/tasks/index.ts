/** What defences must know of a task. */
import type { TaskName } from '../../core/contracts.ts';
import { clone } from './clone.ts';
import { defect } from './defect.ts';
import { search } from './search.ts';
import type { DefendTask } from '../task.ts';

export type { DefendTask } from '../task.ts';

export const defendTasks: Readonly<Record<TaskName, DefendTask>> = { defect, clone, search };
