export * from '../durable-objects/index.ts'
export default {}
