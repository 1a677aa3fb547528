#!/usr/bin/env node
/**
 * The command.
 * @module
 */
import { endWith } from './own-process.ts'
import { run } from './run.ts'

await endWith(run)
