export { insertSystem } from './infosystem.store.ts'
