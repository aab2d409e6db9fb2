import { startLab } from './hub-load.ts'
import { firstJson, startScript, stop } from './processes.ts'
const one = async (name: string, begin: () => Promise<{port:number,end():Promise<void>}>) => { const {port,end}=await begin(); const l=await firstJson<any>(startScript('echo-load.ts',[String(port),'3','0','4'])); console.log(name, Math.round(l.acked/l.seconds), l.medianMs.toFixed(2)); await end() }
for (let i=0;i<2;i++){
await one('bare', async()=>{const c=startScript('hub-process.ts',['plain']);const {hub}=await firstJson<any>(c);return {port:hub,end:()=>stop(c)}})
await one('lab capture off', async()=>{const l=await startLab(['--capture','off']);return {port:l.ports.hub!,end:l.end}})
await one('lab dumpcap', async()=>{const l=await startLab([]);return {port:l.ports.hub!,end:l.end}})
}
