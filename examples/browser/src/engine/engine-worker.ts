import { expose } from 'comlink';
import { Engine } from './engine.ts';
import { withSendableErrors } from './sendable-errors.ts';

expose(withSendableErrors(new Engine()));
