"""One inspection in progress: answers, navigation, score, undo."""
