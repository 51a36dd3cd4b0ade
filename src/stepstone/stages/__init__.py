"""What each kind of stage does: a spec, inputs and a folder in; files and a result out."""
