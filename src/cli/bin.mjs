#!/usr/bin/env node
// Lets Node.js read the TypeScript sources as they are, then starts the command.
import { register } from 'tsx/esm/api';

register();
await import('./main.ts');
