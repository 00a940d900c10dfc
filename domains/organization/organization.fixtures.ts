export { insertOrganization, insertPerson } from './organization.store.ts'
