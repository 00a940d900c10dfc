export { insertTarget } from './cmdb.store.ts'
