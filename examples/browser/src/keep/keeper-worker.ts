import { expose } from 'comlink';
import { Keeper } from './keeper.ts';

expose(new Keeper());
