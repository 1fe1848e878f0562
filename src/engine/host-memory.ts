/** How much of the host's memory a program may take. */
import os from 'node:os';

const GIB = 2 ** 30;

/** 60 % of what the machine has, and 20 GiB at most: the rest is for the data, the store and other processes. */
export const hostMemoryBudget = (): number => Math.min(20 * GIB, 0.6 * os.totalmem());
