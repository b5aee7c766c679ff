"""Records, ids, states and operations: pure values of the inspectorate."""
