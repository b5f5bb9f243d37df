export default function DagPage() {
  return null;
}
